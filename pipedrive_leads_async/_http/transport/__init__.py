"""Send requests through aiohttp: sessions, connections and proxies."""
