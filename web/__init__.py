"""The edge: GraphQL over HTTP, server-sent events and WebSocket, and what a server needs around it, whatever documents ask for."""
