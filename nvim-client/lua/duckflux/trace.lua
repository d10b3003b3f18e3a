--- A trace in a floating window: each execution of each step, with its status and duration.
local float = require('duckflux.float')
local server = require('duckflux.server')

local M = {}

local namespace = vim.api.nvim_create_namespace('duckflux_trace')
local groups = {
  running = 'DiagnosticInfo',
  success = 'DiagnosticOk',
  failure = 'DiagnosticError',
  cancelled = 'DiagnosticWarn',
  skipped = 'DiagnosticWarn',
}
local keys = { '<CR> go to step', 'K input and output', 'o open file', 'q close' }

local function padded(text, width)
  return text .. (' '):rep(width - vim.api.nvim_strwidth(text))
end

local function titles(rows)
  return vim.tbl_map(function(row)
    return ('  '):rep(row.depth) .. row.title
  end, rows)
end

local function fill(bufnr, trace)
  local names = titles(trace.rows)
  local width = float.widest(names)
  local lines = {}
  for index, row in ipairs(trace.rows) do
    lines[index] = row.label == '' and names[index] or padded(names[index], width) .. '  ' .. row.label
  end
  if trace.left > 0 then
    table.insert(lines, ('… and %d more: duckflux trace show --tree'):format(trace.left))
  end
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, true, lines)
  vim.bo[bufnr].modifiable = false
  for index, row in ipairs(trace.rows) do
    if groups[row.status] then
      local start = #padded(names[index], width)
      vim.api.nvim_buf_set_extmark(bufnr, namespace, index - 1, start, {
        end_col = #lines[index],
        hl_group = groups[row.status],
      })
    end
  end
  return lines
end

--- What keys there are, as many as there is room for.
local function footer_of(width)
  local footer = ''
  for _, key in ipairs(keys) do
    local longer = footer .. ' ' .. key .. ' '
    if vim.api.nvim_strwidth(longer) <= width then
      footer = longer
    end
  end
  return footer
end

local function show_step(source, trace_path, row)
  server.execute(source, 'traceStep', { tracePath = trace_path, seq = row.seq }, function(text)
    local bufnr = float.scratch('yaml')
    local lines = vim.split(vim.trim(text), '\n', { plain = true })
    vim.api.nvim_buf_set_lines(bufnr, 0, -1, true, lines)
    vim.bo[bufnr].modifiable = false
    local window = float.open(bufnr, lines, row.title)
    float.close_with(bufnr, window, 'q', '<Esc>', 'K')
  end)
end

local function go_to_step(source, window, row)
  local target = type(row.workflow) == 'string' and vim.uri_to_bufnr(row.workflow) or source
  vim.api.nvim_win_close(window, true)
  if target ~= source then
    vim.cmd.edit(vim.fn.fnameescape(vim.api.nvim_buf_get_name(target)))
  end
  local function jump(range)
    vim.cmd("normal! m'")
    vim.api.nvim_win_set_cursor(0, { range.start.line + 1, range.start.character })
    vim.cmd('normal! zv')
  end
  -- A file that was only just opened is not known to the server before its client is attached.
  vim.wait(2000, function()
    return server.client(target) ~= nil
  end, 10)
  server.execute(target, 'stepRange', { step = row.step }, jump)
end

local function map_keys(bufnr, window, source, trace_path, trace)
  local function on_step(action)
    return function()
      local row = trace.rows[vim.api.nvim_win_get_cursor(window)[1]]
      if row and type(row.step) == 'string' then
        action(row)
      end
    end
  end
  local function map(key, run)
    vim.keymap.set('n', key, run, { buffer = bufnr, nowait = true })
  end
  map('<CR>', on_step(function(row)
    go_to_step(source, window, row)
  end))
  map('K', on_step(function(row)
    show_step(source, trace_path, row)
  end))
  map('o', function()
    vim.api.nvim_win_close(window, true)
    vim.cmd.split(vim.fn.fnameescape(trace_path))
  end)
  float.close_with(bufnr, window, 'q', '<Esc>')
end

--- Shows the trace of a file; of a workflow's buffer, whose steps its keys go to.
function M.show(source, trace_path)
  server.execute(source, 'traceRows', { tracePath = trace_path }, function(trace)
    local bufnr = float.scratch('duckflux-trace')
    local lines = fill(bufnr, trace)
    local window = float.open(bufnr, lines, trace.title, footer_of)
    map_keys(bufnr, window, source, trace_path, trace)
  end)
end

--- Shows the trace of the last run of a buffer.
function M.show_last(source)
  server.execute(source, 'lastTrace', nil, function(result)
    if type(result.tracePath) == 'string' then
      M.show(source, result.tracePath)
    else
      vim.notify('duckflux: this workflow has no trace yet, run it with :DuckfluxRun')
    end
  end)
end

return M
