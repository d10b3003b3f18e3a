--- Floating windows for texts that people only read.
local M = {}

--- The width of the widest text on the screen.
function M.widest(texts)
  local width = 0
  for _, text in ipairs(texts) do
    width = math.max(width, vim.api.nvim_strwidth(text))
  end
  return width
end

--- A centred floating window for lines of text; `footer_of` gives what is written below it, for a width.
function M.open(bufnr, lines, title, footer_of)
  local width = math.min(math.max(M.widest(lines), vim.api.nvim_strwidth(title) + 2, 64), vim.o.columns - 4)
  local height = math.min(math.max(#lines, 1), math.floor(vim.o.lines * 0.7))
  local window = vim.api.nvim_open_win(bufnr, true, {
    relative = 'editor',
    width = width,
    height = height,
    row = math.floor((vim.o.lines - height) / 2) - 1,
    col = math.floor((vim.o.columns - width) / 2),
    border = 'rounded',
    style = 'minimal',
    title = ' ' .. title .. ' ',
    footer = footer_of and footer_of(width) or nil,
  })
  vim.wo[window].wrap = false
  vim.wo[window].cursorline = true
  return window
end

--- A buffer that is gone once no window shows it.
function M.scratch(filetype)
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.bo[bufnr].filetype = filetype
  return bufnr
end

--- Maps keys that close a window.
function M.close_with(bufnr, window, ...)
  for _, key in ipairs({ ... }) do
    vim.keymap.set('n', key, function()
      vim.api.nvim_win_close(window, true)
    end, { buffer = bufnr, nowait = true })
  end
end

return M
