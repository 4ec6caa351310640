-- Neovim 0.7 to 0.10: put this into `init.lua`.
vim.api.nvim_create_autocmd('FileType', {
  pattern = { 'go', 'rust' },
  callback = function(event)
    local function above(names)
      local folder = vim.fn.fnamemodify(event.file, ':p:h')
      for _, name in ipairs(names) do
        local found = vim.fn.findfile(name, folder .. ';')
        if found ~= '' then
          return vim.fn.fnamemodify(found, ':p:h')
        end
      end
      return folder
    end
    local root = above({ 'spanlint.toml', 'go.work', 'Cargo.lock', 'go.mod', 'Cargo.toml' })
    for _, client in pairs(vim.lsp.get_active_clients()) do
      if client.name == 'spanlint' and client.config.root_dir == root then
        return vim.lsp.buf_attach_client(event.buf, client.id)
      end
    end
    local client = vim.lsp.start_client({
      name = 'spanlint',
      cmd = { 'spanlint', 'lsp' },
      root_dir = root,
      workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
    })
    vim.lsp.buf_attach_client(event.buf, client)
  end,
})
