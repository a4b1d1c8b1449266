"""The edge: GraphQL over HTTP, server-sent events and WebSocket, and what a server needs around it. What tickets are is for others to know."""
