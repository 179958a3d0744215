"""The network in asyncio: interfaces, discovery by UDP broadcast, links over TCP, and the swarm of peers."""
