--- Inlay hints are drawn anew when the server has others.
local M = {}

--- `workspace/inlayHint/refresh`. Neovim's own handler asks for hints again, but 0.10 never draws them on lines that
--- have some, and 0.11 does not if it redraws before the answer comes. Enabled again, all lines are drawn with it.
function M.refresh(_, _, context)
  for bufnr in pairs(vim.lsp.get_client_by_id(context.client_id).attached_buffers) do
    if vim.lsp.inlay_hint.is_enabled({ bufnr = bufnr }) then
      vim.lsp.inlay_hint.enable(true, { bufnr = bufnr })
    end
  end
  return vim.NIL
end

return M
