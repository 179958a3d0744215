// Speaks hypercore-protocol, and says of itself what it is given: {"client", "version"} or anything else.
//   node stranger.js PORT GREETING
const net = require('net')
const Protocol = require('hypercore-protocol')

const key = Buffer.from('bee80ff3a4ee5e727dc44197cb9d25bf8f19d50b0f3ad2984cfe5b7d14e75de7', 'hex')
const [port, greeting] = process.argv.slice(2)
const socket = net.connect(+port, '127.0.0.1')
const stream = new Protocol(true, { live: true })
const extension = stream.registerExtension('MULTIFEED_HANDSHAKE', { encoding: 'json' })
stream.open(key, { onopen: () => extension.send(JSON.parse(greeting)) })
stream.on('error', () => {})
socket.on('error', () => {})
socket.on('close', () => process.exit())
socket.pipe(stream).pipe(socket)
