-- Uses Neovim as a person does and writes what was seen, as JSON, to the file $SEEN.
local folder, seen = vim.env.WORKFLOWS, {}

local function wait_for(what, condition)
  assert(vim.wait(60000, condition, 20), 'waited in vain for ' .. what)
end

local function lens_titles()
  local resolved = vim.tbl_filter(function(lens)
    return lens.command ~= nil
  end, vim.lsp.codelens.get(0))
  return vim.tbl_map(function(lens)
    return lens.command.title
  end, resolved)
end

local function offers(title)
  return function()
    return vim.iter(lens_titles()):any(function(lens)
      return lens:find(title, 1, true) ~= nil
    end)
  end
end

local function see_mistake()
  vim.cmd.edit(folder .. '/mistake.duck.yaml')
  seen.filetype, seen.syntax = vim.bo.filetype, vim.b.current_syntax
  wait_for('a diagnostic', function()
    return #vim.diagnostic.get(0) > 0
  end)
  local diagnostic = vim.diagnostic.get(0)[1]
  seen.diagnostic = { line = diagnostic.lnum, column = diagnostic.col, message = diagnostic.message }
end

local function hints()
  local result = vim.empty_dict()
  for _, hint in ipairs(vim.lsp.inlay_hint.get({ bufnr = 0 })) do
    local line = hint.inlay_hint.position.line
    local label = hint.inlay_hint.label
    local text = vim.api.nvim_buf_get_lines(0, line, line + 1, true)[1]
    result[vim.trim(text)] = type(label) == 'string' and label or label[1].value
  end
  return result
end

--- Runs a workflow, and waits until it has ended.
local function run(name)
  vim.cmd.edit(folder .. '/' .. name)
  wait_for('the lens', offers('Run with trace'))
  vim.cmd.DuckfluxRun()
  wait_for('the run to start', offers('Cancel run'))
  wait_for('the run to end', offers('Run with trace'))
end

--- Runs the lens of a participant: the places that it counts are listed.
local function see_references(participant)
  local line = vim.fn.search('^  ' .. participant .. ':')
  wait_for('the lens of a participant', function()
    return vim.iter(vim.lsp.codelens.get(0)):any(function(lens)
      return lens.range.start.line == line - 1 and lens.command ~= nil
    end)
  end)
  vim.lsp.codelens.run()
  wait_for('the list of places', function()
    seen.references = vim.tbl_map(function(item)
      return vim.trim(item.text)
    end, vim.fn.getloclist(0))
    return #seen.references > 0
  end)
  vim.cmd.lclose()
end

local function see_hints(at_least)
  wait_for('hints', function()
    seen.hints = hints()
    return seen.hints[at_least] ~= nil
  end)
end

local function open_trace()
  vim.cmd.DuckfluxTrace()
  wait_for('the trace', function()
    return vim.api.nvim_buf_get_name(0):match('%.json$') ~= nil
  end)
  return vim.api.nvim_buf_get_name(0)
end

--- Shows a trace on a workflow that has never run here.
local function show_trace(trace)
  local lines = vim.fn.readfile(folder .. '/greet.duck.yaml', 'b')
  vim.fn.writefile(lines, folder .. '/copy.duck.yaml', 'b')
  vim.cmd.edit(folder .. '/copy.duck.yaml')
  wait_for('the lens', offers('Run with trace'))
  vim.cmd.DuckfluxShowTrace(trace)
  wait_for('the results of the trace', function()
    seen.shown = hints()
    return seen.shown['- greet'] ~= nil
  end)
end

local function answer_with(text)
  vim.ui.input = function(options, callback)
    seen.prompt = options.prompt
    vim.schedule(function()
      callback(text)
    end)
  end
end

local ok, err = xpcall(function()
  require('duckflux').setup({ cmd = { vim.env.SERVER, '--stdio' } })
  see_mistake()
  run('release.duck.yaml')
  see_hints('- version')
  see_references('audit')
  answer_with('Ada')
  run('greet.duck.yaml')
  seen.trace = open_trace()
  show_trace(seen.trace)
end, debug.traceback)
seen.error = not ok and err or nil
vim.fn.writefile({ vim.json.encode(seen) }, vim.env.SEEN)
vim.cmd.quitall({ bang = true })
