--- `:checkhealth duckflux`
local M = {}

local health = vim.health

local function check_neovim()
  if vim.fn.has('nvim-0.10') == 1 then
    health.ok('Neovim ' .. tostring(vim.version()))
  else
    health.error('Neovim 0.10 or newer is needed, this is ' .. tostring(vim.version()))
  end
  if vim.filetype.match({ filename = 'x.duck.yaml' }) == 'duckflux' then
    health.ok('`*.duck.yaml` has the filetype `duckflux`')
  else
    health.error('`*.duck.yaml` does not have the filetype `duckflux`', {
      "the folder `nvim-client` must be on 'runtimepath' before the first file is opened",
    })
  end
end

local function check_server()
  local cmd = require('duckflux').cmd
  if not cmd then
    health.error('`setup` was not called', { "put `require('duckflux').setup()` into init.lua" })
    return
  end
  if vim.fn.executable(cmd[1]) == 0 then
    health.error(('there is no command `%s`'):format(cmd[1]), {
      'install the server: see :help duckflux-install',
      "or tell where it is: require('duckflux').setup({ cmd = { '/path/to/duckflux-ls', '--stdio' } })",
    })
    return
  end
  local ok, process = pcall(vim.system, { cmd[1], '--version' }, { text = true })
  local answer = ok and process:wait(10000)
  if answer and answer.code == 0 then
    health.ok(('%s, `%s`'):format(vim.trim(answer.stdout), vim.fn.exepath(cmd[1])))
  else
    health.error(('`%s --version` failed'):format(cmd[1]), { answer and answer.stderr or 'it could not be started' })
  end
end

local function check_clients()
  local clients = vim.lsp.get_clients({ name = 'duckflux' })
  if #clients == 0 then
    health.info('the server does not run: it is started by opening a workflow')
  end
  for _, client in ipairs(clients) do
    local buffers = vim.tbl_count(client.attached_buffers)
    health.ok(('the server runs for %d %s in %s'):format(
      buffers,
      buffers == 1 and 'buffer' or 'buffers',
      client.root_dir or 'no folder'
    ))
  end
end

local function check_programs()
  if vim.fn.executable('/bin/sh') == 1 then
    health.ok('`exec` steps can run: there is a /bin/sh')
  else
    health.warn('`exec` steps can not run: there is no /bin/sh')
  end
  if vim.fn.executable('shellcheck') == 1 then
    health.ok('shellcheck looks at commands')
  else
    health.info('with shellcheck installed, commands are checked too')
  end
end

function M.check()
  health.start('duckflux: editor')
  check_neovim()
  health.start('duckflux: server')
  check_server()
  check_clients()
  health.start('duckflux: runs')
  check_programs()
end

return M
