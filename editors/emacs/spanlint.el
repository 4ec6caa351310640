;;; spanlint.el --- broken traces, as you write -*- lexical-binding: t -*-

;; With lsp-mode, spanlint stands beside gopls or rust-analyzer:

(with-eval-after-load 'lsp-mode
  (lsp-register-client
   (make-lsp-client
    :new-connection (lsp-stdio-connection '("spanlint" "lsp"))
    :activation-fn (lsp-activate-on "go" "rust")
    :add-on? t
    :multi-root t
    ;; :initialization-options '(:unsafeFixes t)
    :server-id 'spanlint)))

;; Eglot talks to one server a buffer.  Where that is to be spanlint:
;;
;; (with-eval-after-load 'eglot
;;   (add-to-list 'eglot-server-programs
;;                '((go-mode go-ts-mode rust-mode rust-ts-mode) . ("spanlint" "lsp"))))

;;; spanlint.el ends here
