local commands = require('duckflux.commands')
local hints = require('duckflux.hints')
local inputs = require('duckflux.inputs')
local last_run = require('duckflux.last_run')
local lenses = require('duckflux.lenses')
local runs = require('duckflux.runs')

local M = {}

--- What is in the file that serves without this plugin's `setup` too.
local function base()
  local file = debug.getinfo(1, 'S').source:sub(2):gsub('lua/duckflux/init%.lua$', 'lsp/duckflux.lua')
  return dofile(file)
end

local function on_attach(_, bufnr)
  -- Files of tests are checked too, but do not run.
  local is_test = vim.api.nvim_buf_get_name(bufnr):match('%.ducktest%.ya?ml$')
  if vim.bo[bufnr].filetype == 'duckflux' and not is_test then
    commands.create(bufnr)
  end
  lenses.show(bufnr)
  vim.lsp.inlay_hint.enable(true, { bufnr = bufnr })
end

local function capabilities()
  local result = vim.lsp.protocol.make_client_capabilities()
  result.experimental = { duckflux = { askInputs = true, choose = true, runs = true, scratch = true } }
  result.workspace.codeLens = { refreshSupport = true }
  if vim.fn.has('nvim-0.11') == 0 then
    -- Neovim 0.10 can't be told to pull again when a run ends, so the server pushes.
    result.textDocument.diagnostic = nil
  end
  return result
end

local function handlers()
  local result = {
    ['duckflux/askInputs'] = inputs.ask,
    ['duckflux/choose'] = inputs.choose,
    ['duckflux/runChanged'] = runs.changed,
    ['duckflux/runOutput'] = runs.printed,
    ['workspace/inlayHint/refresh'] = hints.refresh,
  }
  if not lenses.built_in then
    result['workspace/codeLens/refresh'] = lenses.refresh
  end
  return result
end

--- Neovim 0.10's own would start a server for each file that is in no project.
local function reuse_client(client, config)
  return client.name == config.name and client.config.root_dir == config.root_dir
end

local function start_on_open(config)
  local function start(bufnr)
    local root = vim.fs.root(bufnr, config.root_markers)
    local with_root = vim.tbl_extend('error', config, { root_dir = root })
    vim.lsp.start(with_root, { bufnr = bufnr, reuse_client = reuse_client })
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('duckflux', {}),
    pattern = config.filetypes,
    callback = function(event)
      start(event.buf)
    end,
  })
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.tbl_contains(config.filetypes, vim.bo[bufnr].filetype) then
      start(bufnr)
    end
  end
end

--- Starts the language server for every duckflux buffer.
--- @param options? { cmd?: string[], settings?: table }
---   `cmd` starts the server, `settings` are those of docs/editors.md.
function M.setup(options)
  options = options or {}
  local config = base()
  config.name = 'duckflux'
  config.cmd = options.cmd or config.cmd
  config.settings = { duckflux = options.settings or vim.empty_dict() }
  config.capabilities = capabilities()
  config.handlers = handlers()
  config.commands = {
    ['duckflux.server.references'] = lenses.references,
    ['duckflux.server.scratchValue'] = last_run.value_of_lens,
  }
  config.on_attach = on_attach
  M.cmd = config.cmd
  if vim.lsp.config then
    vim.lsp.config('duckflux', config)
    vim.lsp.enable('duckflux')
  else
    start_on_open(config)
  end
end

--- How the last run of a buffer stands, for a statusline; empty before the first one.
function M.status(bufnr)
  return runs.status(bufnr or 0)
end

return M
