--- Code lenses stay up to date, in Neovim 0.12 by itself, before by asking again.
local server = require('duckflux.server')

local M = {}

--- Whether Neovim keeps them up to date itself.
M.built_in = vim.lsp.codelens.enable ~= nil

function M.show(bufnr)
  if M.built_in then
    vim.lsp.codelens.enable(true, { bufnr = bufnr })
    return
  end
  local refresh = function()
    vim.lsp.codelens.refresh({ bufnr = bufnr })
  end
  refresh()
  vim.api.nvim_create_autocmd({ 'BufEnter', 'InsertLeave', 'TextChanged' }, {
    group = vim.api.nvim_create_augroup('duckflux_lenses_' .. bufnr, {}),
    buffer = bufnr,
    callback = refresh,
  })
end

--- `workspace/codeLens/refresh`
function M.refresh(_, _, context)
  for bufnr in pairs(vim.lsp.get_client_by_id(context.client_id).attached_buffers) do
    vim.lsp.codelens.refresh({ bufnr = bufnr })
  end
  return vim.NIL
end

--- The places that the lens counts, in the location list.
function M.references(command, context)
  server.execute(context.bufnr, 'references', command.arguments[1], function(locations)
    local client = server.client(context.bufnr)
    vim.fn.setloclist(0, {}, ' ', {
      title = command.title,
      items = vim.lsp.util.locations_to_items(locations, client.offset_encoding),
    })
    vim.cmd.lopen()
  end)
end

return M
