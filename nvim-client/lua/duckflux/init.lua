local inputs = require('duckflux.inputs')

local M = {}

local defaults = {
  cmd = { 'duckflux-ls', '--stdio' },
  settings = {},
}

--- Sends one of the server's commands. What a person must know, the server says by itself.
local function execute(client, bufnr, name, on_result, given)
  local params = {
    command = 'duckflux.server.' .. name,
    arguments = { vim.tbl_extend('keep', { uri = vim.uri_from_bufnr(bufnr) }, given or {}) },
  }
  local function on_response(err, result)
    if err then
      vim.notify('duckflux: ' .. err.message, vim.log.levels.ERROR)
    elseif on_result then
      on_result(result)
    end
  end
  if vim.fn.has('nvim-0.11') == 1 then
    client:request('workspace/executeCommand', params, on_response, bufnr)
  else
    client.request('workspace/executeCommand', params, on_response, bufnr)
  end
end

local function open_trace(result)
  if type(result.tracePath) == 'string' then
    vim.cmd.split(vim.fn.fnameescape(result.tracePath))
  else
    vim.notify('duckflux: this workflow has no trace yet')
  end
end

--- A lens that counts places: they are put into the location list.
vim.lsp.commands['duckflux.server.references'] = function(command, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  execute(client, context.bufnr, 'references', function(places)
    local items = vim.lsp.util.locations_to_items(places, client.offset_encoding)
    vim.fn.setloclist(0, {}, ' ', { title = command.title, items = items })
    vim.cmd.lopen()
  end, command.arguments[1])
end

local function create_commands(client, bufnr)
  local function create(name, run, desc)
    vim.api.nvim_buf_create_user_command(bufnr, name, run, { desc = desc })
  end
  create('DuckfluxRun', function()
    execute(client, bufnr, 'run')
  end, 'Run this workflow with a trace')
  create('DuckfluxCancel', function()
    execute(client, bufnr, 'cancel')
  end, 'Cancel the run of this workflow')
  create('DuckfluxTrace', function()
    execute(client, bufnr, 'lastTrace', open_trace)
  end, "Open the trace of this workflow's last run")
  vim.api.nvim_buf_create_user_command(bufnr, 'DuckfluxShowTrace', function(command)
    execute(client, bufnr, 'showTrace', nil, { tracePath = vim.fn.fnamemodify(command.args, ':p') })
  end, { desc = 'Show the results of a trace file on this workflow', nargs = 1, complete = 'file' })
end

local function show_lenses(bufnr)
  if vim.lsp.codelens.enable then
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

local function refresh_lenses(_, _, context)
  for bufnr in pairs(vim.lsp.get_client_by_id(context.client_id).attached_buffers) do
    vim.lsp.codelens.refresh({ bufnr = bufnr })
  end
  return vim.NIL
end

local function on_attach(client, bufnr)
  create_commands(client, bufnr)
  show_lenses(bufnr)
  vim.lsp.inlay_hint.enable(true, { bufnr = bufnr })
end

local function capabilities()
  local result = vim.lsp.protocol.make_client_capabilities()
  result.experimental = { duckflux = { askInputs = true } }
  result.workspace.codeLens = { refreshSupport = true }
  -- Neovim 0.10 can't be told to pull again when a run ends, so the server pushes.
  result.textDocument.diagnostic = nil
  return result
end

local function handlers()
  local result = { ['duckflux/askInputs'] = inputs.ask }
  if not vim.lsp.codelens.enable then
    result['workspace/codeLens/refresh'] = refresh_lenses
  end
  return result
end

local function start_on_open(config)
  local function start(bufnr)
    local root = vim.fs.root(bufnr, '.git')
    vim.lsp.start(vim.tbl_extend('error', config, { root_dir = root }), { bufnr = bufnr })
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('duckflux', {}),
    pattern = 'duckflux',
    callback = function(event)
      start(event.buf)
    end,
  })
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.bo[bufnr].filetype == 'duckflux' then
      start(bufnr)
    end
  end
end

--- Starts the language server for every duckflux buffer.
--- @param options? { cmd?: string[], settings?: table }
---   `settings` holds `inputs` and `trace`, see docs/editors.md.
function M.setup(options)
  options = vim.tbl_deep_extend('force', defaults, options or {})
  local config = {
    name = 'duckflux',
    cmd = options.cmd,
    settings = { duckflux = options.settings },
    capabilities = capabilities(),
    handlers = handlers(),
    on_attach = on_attach,
  }
  if vim.lsp.config then
    config.filetypes = { 'duckflux' }
    config.root_markers = { '.git' }
    vim.lsp.config('duckflux', config)
    vim.lsp.enable('duckflux')
  else
    start_on_open(config)
  end
end

return M
