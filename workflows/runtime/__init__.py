"""Parts that every workflow uses: identifiers, activity calls, interceptors and the sandbox."""
