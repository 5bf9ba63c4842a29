"""Mail of blocklists: bytes, folders and IMAP servers to letters, and what their signatures are worth."""
