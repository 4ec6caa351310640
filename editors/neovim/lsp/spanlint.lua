-- Neovim 0.11 and later: put this file into `lsp/` of your configuration, and `vim.lsp.enable('spanlint')` into `init.lua`.
-- `:lua vim.lsp.buf.code_action()` offers fixes, `K` says what carries the context.
return {
  cmd = { 'spanlint', 'lsp' },
  filetypes = { 'go', 'rust' },
  root_markers = { { 'spanlint.toml', 'go.work', 'Cargo.lock' }, { 'go.mod', 'Cargo.toml' }, '.git' },
  -- As the settings of the VS Code extension: select, ignore, minConfidence, untraced, unsafeFixes, libraries, models, config.
  init_options = {},
}
