-- Uses Neovim as a person does and writes what was seen, as JSON, to the file $SEEN.
local folder, seen = vim.env.WORKFLOWS, { states = {} }

local function wait_for(what, condition)
  assert(vim.wait(60000, condition, 20), 'waited in vain for ' .. what)
end

local function lens_titles()
  local titles = {}
  for _, lens in ipairs(vim.lsp.codelens.get(vim.fn.has('nvim-0.12') == 1 and { bufnr = 0 } or 0)) do
    local found = lens.lens or lens
    if found.command then
      table.insert(titles, found.command.title)
    end
  end
  return titles
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

local function fix_mistake()
  vim.api.nvim_win_set_cursor(0, { seen.diagnostic.line + 1, seen.diagnostic.column })
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.isPreferred
    end,
  })
  wait_for('the mistake to be fixed', function()
    return #vim.diagnostic.get(0) == 0
  end)
  seen.fixed = vim.api.nvim_buf_get_lines(0, seen.diagnostic.line, seen.diagnostic.line + 1, true)[1]
  vim.cmd.edit({ bang = true })
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
local function run(name, ...)
  if vim.fs.basename(vim.api.nvim_buf_get_name(0)) ~= name then
    vim.cmd.edit(folder .. '/' .. name)
  end
  wait_for('the lens', offers('Run with trace'))
  local before = #seen.states
  vim.cmd.DuckfluxRun(...)
  wait_for('the run to end', function()
    return #seen.states >= before + 2 and seen.states[#seen.states] ~= 'running'
  end)
end

local function see_hints(at_least)
  wait_for('hints', function()
    seen.hints = hints()
    return seen.hints[at_least] ~= nil and not vim.json.encode(seen.hints):find('⟳', 1, true)
  end)
end

local function lines_here()
  return vim.api.nvim_buf_get_lines(0, 0, -1, true)
end

local function press(keys)
  vim.api.nvim_feedkeys(vim.keycode(keys), 'xt', false)
end

--- Opens the floating window of the trace, looks at a step, goes to it.
local function see_trace(step)
  vim.cmd.DuckfluxTrace()
  wait_for('the trace', function()
    return vim.bo.filetype == 'duckflux-trace'
  end)
  local config = vim.api.nvim_win_get_config(0)
  seen.trace = { lines = lines_here(), title = config.title[1][1], border = config.relative }
  vim.fn.search(step)
  press('K')
  wait_for('what the step gave back', function()
    return vim.bo.filetype == 'yaml'
  end)
  seen.step = lines_here()
  press('q')
  wait_for('the trace again', function()
    return vim.bo.filetype == 'duckflux-trace'
  end)
  press('<CR>')
  wait_for('the step', function()
    return vim.bo.filetype == 'duckflux' and vim.api.nvim_win_get_cursor(0)[1] > 1
  end)
  seen.jumped = vim.trim(vim.api.nvim_get_current_line())
end

local function open_trace_file()
  vim.cmd.DuckfluxTrace()
  wait_for('the trace', function()
    return vim.bo.filetype == 'duckflux-trace'
  end)
  press('o')
  wait_for('the trace file', function()
    return vim.api.nvim_buf_get_name(0):match('%.json$') ~= nil
  end)
  local name = vim.api.nvim_buf_get_name(0)
  vim.cmd.close()
  return name
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

--- Counts the uses of a participant by its lens, and lists them.
local function see_references()
  vim.cmd.edit(folder .. '/release.duck.yaml')
  -- Neovim 0.12 counts when it draws, which it does not without a screen, and when a lens is run.
  wait_for('the lenses', offers(vim.fn.has('nvim-0.12') == 1 and 'Run with trace' or '1 reference'))
  seen.lenses = lens_titles()
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  vim.fn.search('^  version:')
  local ran = 0
  wait_for('the places', function()
    -- While lenses are asked for anew there are none: a person tries again.
    if vim.uv.now() - ran > 2000 then
      ran = vim.uv.now()
      vim.lsp.codelens.run()
    end
    return #vim.fn.getloclist(0) > 0
  end)
  seen.places = vim.tbl_map(function(item)
    return vim.trim(item.text)
  end, vim.fn.getloclist(0))
  vim.cmd.lclose()
end

--- Stops a run that would go on for a minute.
local function stop()
  vim.cmd.edit(folder .. '/slow.duck.yaml')
  wait_for('the lens', offers('Run with trace'))
  vim.cmd.DuckfluxRun()
  wait_for('the run to start', offers('Cancel run'))
  seen.statusline = require('duckflux').status()
  vim.cmd.DuckfluxCancel()
  wait_for('the run to end', offers('Run with trace'))
end

local function see_output()
  local windows = vim.fn.winnr('$')
  vim.cmd.DuckfluxOutput()
  assert(vim.fn.winnr('$') == windows + 1)
  seen.output = vim.api.nvim_buf_get_lines(vim.fn.bufnr('duckflux://output'), 0, -1, true)
end

local function see_health()
  vim.cmd.checkhealth('duckflux')
  seen.health = lines_here()
  vim.cmd.close()
end

local function see_help()
  seen.help = vim.fn.getcompletion(':Duckflux', 'help')
end

local function answer_with(text)
  vim.ui.input = function(options, callback)
    seen.prompt = options.prompt
    vim.schedule(function()
      callback(text)
    end)
  end
end

vim.api.nvim_create_autocmd('User', {
  pattern = 'DuckfluxRun',
  callback = function(event)
    if seen.states[#seen.states] ~= event.data.state then
      table.insert(seen.states, event.data.state)
    end
  end,
})

seen.notes = {}
vim.notify = function(text)
  table.insert(seen.notes, text)
end

local ok, err = xpcall(function()
  require('duckflux').setup({
    cmd = { vim.env.SERVER, '--stdio' },
    settings = { lenses = { references = true } },
  })
  see_mistake()
  fix_mistake()
  run('release.duck.yaml')
  see_hints('- publish:')
  see_trace('publish')
  answer_with('Ada')
  run('greet.duck.yaml')
  seen.asked = open_trace_file()
  run('greet.duck.yaml', 'who=Grace')
  seen.given = open_trace_file()
  seen.status = require('duckflux').status()
  show_trace(seen.asked)
  see_references()
  stop()
  see_output()
  see_health()
  see_help()
  seen.servers = #vim.lsp.get_clients()
end, debug.traceback)
seen.error = not ok and err or nil
vim.fn.writefile({ vim.json.encode(seen) }, vim.env.SEEN)
vim.cmd.quitall({ bang = true })
