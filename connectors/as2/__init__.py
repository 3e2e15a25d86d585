"""AS2 (RFC 4130): documents signed, encrypted and receipted over HTTP, both ways."""
