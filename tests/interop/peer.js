// A multifeed on a directory, driven by lines of JSON on stdin and answering with such lines on stdout.
//   node peer.js DIRECTORY listen|connect PORT [KEY]
// In: {"append": [values]}. Out: {"ready": feed}, {"port"}, {"feed", "seq", "value"} for each block, {"error"}.
const net = require('net')
const readline = require('readline')
const multifeed = require('multifeed')

const [directory, mode, port, key] = process.argv.slice(2)
const multi = multifeed(directory, { valueEncoding: 'json', ...(key && { encryptionKey: key }) })
const say = thing => process.stdout.write(JSON.stringify(thing) + '\n')
const complain = error => say({ error: error.message })

function link (socket, isInitiator) {
  socket.setNoDelay(true)
  const stream = multi.replicate(isInitiator, { live: true })
  stream.on('error', complain)
  socket.on('error', () => {})
  socket.pipe(stream).pipe(socket)
}

function dial () {
  const socket = net.connect(+port, '127.0.0.1')
  socket.on('connect', () => link(socket, true))
  socket.on('error', () => {})
  socket.on('close', () => setTimeout(dial, 100))
}

function show (feed) {
  let seq = 0
  const name = feed.key.toString('hex')
  feed.createReadStream({ live: true }).on('data', value => say({ feed: name, seq: seq++, value })).on('error', complain)
}

multi.writer('local', (error, own) => {
  if (error) throw error
  multi.feeds().forEach(show)
  multi.on('feed', show)
  readline.createInterface({ input: process.stdin }).on('line', line => {
    own.append(JSON.parse(line).append, error => { if (error) complain(error) })
  }).on('close', () => process.exit())
  say({ ready: own.key.toString('hex') })
  if (mode === 'connect') dial()
  else {
    const server = net.createServer(socket => link(socket, false))
    server.listen(+port, '127.0.0.1', () => say({ port: server.address().port }))
  }
})
