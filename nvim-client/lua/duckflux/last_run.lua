--- What the last run gave: the value of an expression in it, and how it differs from another run.
local float = require('duckflux.float')
local server = require('duckflux.server')

local M = {}

--- Shows the value of an expression at the cursor or, with `range`, of what is selected; `expression` may be typed.
function M.evaluate(bufnr, range, expression)
  local given = { range = range, expression = expression ~= '' and expression or nil }
  server.execute(bufnr, 'evaluate', given, function(found)
    local text = found.value ~= vim.NIL and found.value or found.error
    local lines = vim.split(text, '\n', { plain = true })
    local buffer = float.scratch('json')
    vim.api.nvim_buf_set_lines(buffer, 0, -1, true, lines)
    vim.bo[buffer].modifiable = false
    local window = float.open(buffer, lines, found.expression:gsub('%s+', ' ') .. ', ' .. found.origin)
    float.close_with(buffer, window, 'q', '<Esc>', '<CR>')
  end)
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
