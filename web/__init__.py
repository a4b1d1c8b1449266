"""The edge: GraphQL over HTTP, server-sent events and WebSocket, and what a server needs around it. It knows nothing of tickets."""
