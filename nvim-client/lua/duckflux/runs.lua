--- What the server tells of runs: how each stands, and what its steps print.
local server = require('duckflux.server')

local M = {}

local states = {}
local output

local function buffer()
  if not output or not vim.api.nvim_buf_is_valid(output) then
    output = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(output, 'duckflux://output')
    vim.bo[output].modifiable = false
  end
  return output
end

local function lines_of(text)
  return vim.split(text, '\n', { plain = true })
end

--- Changes a buffer that people only read; windows that show the end of it go on showing it.
local function change(bufnr, set, ...)
  local last = vim.api.nvim_buf_line_count(bufnr)
  vim.bo[bufnr].modifiable = true
  set(bufnr, ...)
  vim.bo[bufnr].modifiable = false
  for _, window in ipairs(vim.fn.win_findbuf(bufnr)) do
    if vim.api.nvim_win_get_cursor(window)[1] >= last then
      vim.api.nvim_win_set_cursor(window, { vim.api.nvim_buf_line_count(bufnr), 0 })
    end
  end
end

local function show_below(bufnr)
  vim.cmd('botright 12split')
  vim.api.nvim_win_set_buf(0, bufnr)
end

--- `duckflux/runOutput`
function M.printed(_, params)
  change(buffer(), vim.api.nvim_buf_set_text, -1, -1, -1, -1, lines_of(params.text))
end

--- `duckflux/runChanged`: the event `User DuckfluxRun`, with the state as `data`, tells everybody else; not of a run
--- before this session.
function M.changed(_, params)
  states[params.uri] = params
  if not params.restored then
    vim.api.nvim_exec_autocmds('User', { pattern = 'DuckfluxRun', data = params })
  end
  vim.cmd.redrawstatus({ bang = true })
end

--- How the last run of a buffer stands: `state`, `summary`, `current` and `tracePath`; nil without one.
function M.state(bufnr)
  return states[vim.uri_from_bufnr(bufnr)]
end

--- A short text for a statusline; empty before the first run.
function M.status(bufnr)
  local state = M.state(bufnr)
  if not state then
    return ''
  end
  local symbol = ({ running = '⟳', success = '✓', cancelled = '⊘' })[state.state] or '✗'
  local current = state.state == 'running' and state.current
  return symbol .. ' ' .. (current and current ~= '' and current or state.summary)
end

--- Shows what a step prints in a window below, as long as it runs; `q` closes it.
function M.show_step_output(bufnr, found)
  local text = vim.api.nvim_create_buf(false, true)
  vim.bo[text].bufhidden = 'wipe'
  show_below(text)
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = text })
  local function fill(now)
    if not vim.api.nvim_buf_is_valid(text) then
      return
    end
    for _, window in ipairs(vim.fn.win_findbuf(text)) do
      vim.wo[window].winbar = (now.name .. (now.ended and '' or ' (runs)')):gsub('%%', '%%%%')
    end
    change(text, vim.api.nvim_buf_set_lines, 0, -1, false, lines_of(vim.trim(now.text)))
    if not now.ended then
      vim.defer_fn(function()
        server.execute(bufnr, 'stepOutput', { step = now.step }, fill)
      end, 500)
    end
  end
  fill(found)
end

--- Shows what the steps of all runs printed in a window below.
function M.show_output()
  local bufnr = buffer()
  if vim.fn.bufwinid(bufnr) == -1 then
    show_below(bufnr)
    vim.wo[0].winfixheight = true
    vim.api.nvim_win_set_cursor(0, { vim.api.nvim_buf_line_count(bufnr), 0 })
    vim.cmd.wincmd('p')
  end
end

return M
