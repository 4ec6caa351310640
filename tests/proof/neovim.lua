-- Opens FILE as one does whose configuration holds SNIPPET, fixes all there is to fix by the action for that, and writes it.

local patience = 60000

local function fail(message)
  io.stderr:write(message .. '\n')
  vim.cmd('cquit 1')
end

local function wait_for(what, is_so)
  if not vim.wait(patience, is_so, 20) then
    fail('waited in vain for ' .. what .. '\n' .. vim.inspect(vim.diagnostic.get(0)))
  end
end

vim.cmd('filetype on')
dofile(vim.env.SNIPPET)
vim.cmd('edit ' .. vim.fn.fnameescape(vim.env.FILE))
local clients = vim.lsp.get_clients or vim.lsp.get_active_clients
wait_for('the server', function() return #clients() == 1 end)
local client = clients()[1]
if client.name ~= 'spanlint' then
  fail('started ' .. client.name)
end
local settings = { spanlint = { unsafeFixes = true, libraries = false } }
client.notify('workspace/didChangeConfiguration', { settings = settings })
wait_for('findings', function() return #vim.diagnostic.get(0) == 2 end)

local codes = vim.tbl_map(function(found) return found.code or found.user_data.lsp.code end, vim.diagnostic.get(0))
table.sort(codes)
if table.concat(codes, ' ') ~= 'missing-extract missing-inject' then
  fail('found ' .. table.concat(codes, ' '))
end

-- A person would choose from a list of one.
vim.ui.select = function(items, _, choose)
  if #items ~= 1 then
    fail('offered ' .. #items .. ' actions')
  end
  choose(items[1], 1)
end
local context = { only = { 'source.fixAll.spanlint' }, diagnostics = {} }
vim.lsp.buf.code_action(vim.fn.has('nvim-0.8') == 1 and { context = context } or context)
wait_for('an end of the findings', function() return #vim.diagnostic.get(0) == 0 end)

vim.cmd('silent write')
vim.lsp.stop_client(client.id)
wait_for('the server to end', function() return vim.lsp.client_is_stopped(client.id) end)
vim.cmd('qall!')
