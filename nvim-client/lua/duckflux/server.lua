--- The server's commands.
local M = {}

--- The client of a buffer, if there is one.
function M.client(bufnr)
  return vim.lsp.get_clients({ name = 'duckflux', bufnr = bufnr })[1]
end

--- Sends a command; `on_result` is given its answer. What a person must know of it, the server says itself.
--- @param given? table its arguments beside the buffer's `uri`
function M.execute(bufnr, name, given, on_result)
  local client = M.client(bufnr)
  if not client then
    vim.notify('duckflux: the language server does not run here, see :checkhealth duckflux', vim.log.levels.WARN)
    return
  end
  local params = {
    command = 'duckflux.server.' .. name,
    arguments = { vim.tbl_extend('keep', given or {}, { uri = vim.uri_from_bufnr(bufnr) }) },
  }
  local function on_response(err, result)
    if err then
      vim.notify('duckflux: ' .. err.message, vim.log.levels.ERROR)
    elseif on_result and result ~= vim.NIL then
      on_result(result)
    end
  end
  if vim.fn.has('nvim-0.11') == 1 then
    client:request('workspace/executeCommand', params, on_response, bufnr)
  else
    client.request('workspace/executeCommand', params, on_response, bufnr)
  end
end

return M
