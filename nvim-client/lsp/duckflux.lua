-- A configuration as nvim-lspconfig has them: for Neovim 0.11 and later, `vim.lsp.enable('duckflux')` is enough
-- for all that the protocol itself offers. `require('duckflux').setup()` adds commands, views and prompts.
---@type vim.lsp.Config
return {
  cmd = { 'duckflux-ls', '--stdio' },
  filetypes = { 'duckflux', 'duckflux-scratch' },
  root_markers = { '.duckflux.toml', 'pyproject.toml', '.git' },
  settings = { duckflux = {} },
}
