--- What the last run gave: the values of expressions in it, and how it differs from another run.
local float = require('duckflux.float')
local server = require('duckflux.server')

local M = {}

local function show_value(found)
  local text = found.value ~= vim.NIL and found.value or found.error
  local lines = vim.split(text, '\n', { plain = true })
  local buffer = float.scratch('json')
  vim.api.nvim_buf_set_lines(buffer, 0, -1, true, lines)
  vim.bo[buffer].modifiable = false
  local window = float.open(buffer, lines, found.expression:gsub('%s+', ' ') .. ', ' .. found.origin)
  float.close_with(buffer, window, 'q', '<Esc>', '<CR>')
end

--- Shows the value of an expression at the cursor or, with `range`, of what is selected; `expression` may be typed.
function M.evaluate(bufnr, range, expression)
  local given = { range = range, expression = expression ~= '' and expression or nil }
  server.execute(bufnr, 'evaluate', given, show_value)
end

--- Opens the scratch of a workflow beside it, with the expression of the range as its next one.
function M.open_scratch(bufnr, range)
  server.execute(bufnr, 'scratch', { range = range }, function(made)
    local buffer = vim.fn.bufadd(made.path)
    -- The server is to see it with its text at once: lenses that are asked for are not asked for again meanwhile.
    vim.cmd(('noautocmd call bufload(%d)'):format(buffer))
    local is_empty = vim.deep_equal(vim.api.nvim_buf_get_lines(buffer, 0, -1, true), { '' })
    local lines = vim.split((is_empty and made.head or '') .. made.part, '\n', { plain = true })
    -- The text ends with a line end, not with an empty line.
    table.remove(lines)
    vim.api.nvim_buf_set_lines(buffer, is_empty and 0 or -1, -1, true, lines)
    vim.bo[buffer].buflisted = true
    if vim.bo[buffer].filetype == '' then
      vim.bo[buffer].filetype = 'duckflux-scratch'
    end
    vim.cmd.vsplit()
    vim.api.nvim_win_set_buf(0, buffer)
    vim.cmd.normal({ args = { 'G$' }, bang = true })
  end)
end

--- The value that the lens at the cursor shows a line of.
function M.value_of_lens(command, context)
  server.execute(context.bufnr, 'scratchValue', command.arguments[1], show_value)
end

local function label(trace)
  return vim.trim(table.concat({ trace.startedAt, trace.state, trace.duration }, '  '))
end

local function choose(traces, prompt, use)
  vim.ui.select(traces, { prompt = prompt, format_item = label }, function(chosen)
    if chosen then
      use(chosen)
    end
  end)
end

local function compare(bufnr, one, other)
  local before, after = one, other
  if other.startedAt < one.startedAt then
    before, after = other, one
  end
  server.execute(bufnr, 'compare', { before = before.tracePath, after = after.tracePath })
end

--- Compares two runs on the lines of a buffer: those that are chosen, or a file with the last run, or two files.
function M.compare(bufnr, files)
  if #files > 0 then
    local before, after = unpack(vim.tbl_map(function(file)
      return vim.fn.fnamemodify(file, ':p')
    end, files))
    server.execute(bufnr, 'compare', { before = before, after = after })
    return
  end
  server.execute(bufnr, 'traces', nil, function(traces)
    traces = vim.tbl_filter(function(trace)
      return trace.state ~= 'running'
    end, traces)
    choose(traces, 'One of the runs to compare', function(one)
      local others = vim.tbl_filter(function(trace)
        return trace.tracePath ~= one.tracePath
      end, traces)
      choose(others, 'The run to compare with it', function(other)
        compare(bufnr, one, other)
      end)
    end)
  end)
end

return M
