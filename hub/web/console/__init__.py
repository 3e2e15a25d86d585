"""The operator's console under /admin: server-rendered pages that work without JavaScript. It only looks, so far."""
