-- Edits a workflow as a person does: open, type, complete, hover, rename, fix, run.
vim.o.completeopt = 'menuone,noselect'

local function wait_for(what, condition)
  assert(vim.wait(30000, condition, 20), 'waited in vain for ' .. what)
end

local function line(text)
  return vim.fn.search(text, 'cw')
end

local function has_line(text)
  return function()
    return vim.fn.search(text, 'nw') > 0
  end
end

local function press(keys, mode)
  vim.api.nvim_feedkeys(vim.keycode(keys), mode, false)
end

--- Types a text and takes the first completion of it.
local function complete(text)
  local function take()
    if vim.fn.pumvisible() == 1 then
      press('<C-n><C-y><Esc>', 't')
    else
      vim.defer_fn(take, 20)
    end
  end
  take()
  press(text .. '<C-x><C-o>', 'tx!')
end

local function problems(count)
  return function()
    return #vim.diagnostic.get(0) == count
  end
end

local function run()
  vim.cmd.edit(vim.env.WORKFLOW)
  wait_for('the mistake', problems(1))

  line('chekc')
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.isPreferred
    end,
  })
  wait_for('the fix', has_line('- check'))
  wait_for('no mistake', problems(0))

  line('timeout')
  local hovered
  -- A Neovim that was only unpacked has no parser for what it would show.
  vim.lsp.handlers['textDocument/hover'] = function(_, result)
    hovered = result
  end
  vim.lsp.buf.hover()
  wait_for('the hover', function()
    return hovered ~= nil
  end)

  line('build:')
  vim.lsp.buf.rename('compile')
  wait_for('the new name', has_line('output: compile.output'))

  line('- check')
  complete('o- che')
  wait_for('the completion', has_line('- check$'))
  vim.lsp.buf.definition()
  wait_for('the definition', function()
    return vim.fn.getline('.'):find('check: {', 1, true) ~= nil
  end)
  local symbols
  vim.lsp.buf.document_symbol({
    on_list = function(list)
      symbols = list.items
    end,
  })
  wait_for('the symbols', function()
    return symbols ~= nil
  end)

  vim.cmd.write()
  vim.cmd.DuckfluxRun()
  wait_for('results', function()
    local hints = vim.lsp.inlay_hint.get({ bufnr = vim.fn.bufnr(vim.env.WORKFLOW) })
    return #vim.tbl_filter(function(hint)
      return hint.inlay_hint.label:find('✓') ~= nil
    end, hints) >= 4
  end)
  vim.wait(500)
end

local ok, err = xpcall(function()
  require('duckflux').setup({ cmd = vim.split(vim.env.SERVER, ' ') })
  run()
end, debug.traceback)
if not ok then
  vim.fn.writefile(vim.split(err, '\n'), vim.env.FAILED)
end
for _, client in ipairs(vim.lsp.get_clients()) do
  client.stop()
end
vim.wait(3000, function()
  return #vim.lsp.get_clients() == 0
end, 20)
vim.cmd.quitall({ bang = true })
