// Writes what the JavaScript packages compute to tests/vectors/data/hypercore9-wire.json:
//   NODE_PATH=.../node_modules node record.js > ../vectors/data/hypercore9-wire.json
const path = require('path')
const shp = require.resolve('simple-hypercore-protocol')
const from = name => require(require.resolve(name, { paths: [path.dirname(shp), path.dirname(require.resolve('hypercore'))] }))
const messages = require(path.join(path.dirname(shp), 'messages.js'))
const TreeIndex = require(path.join(path.dirname(require.resolve('hypercore')), 'lib/tree-index.js'))
const crypto = from('hypercore-crypto')
const rle = from('bitfield-rle')
const flat = from('flat-tree')

const hex = thing => Buffer.isBuffer(thing) ? { hex: thing.toString('hex') } : Array.isArray(thing) ? thing.map(hex)
  : thing && typeof thing === 'object' ? Object.fromEntries(Object.entries(thing).map(([k, v]) => [k, hex(v)])) : thing
let state = 1
const random = n => { state = (state * 48271) % 2147483647; return state % n }
const bytes = n => Buffer.from(Array.from({ length: n }, () => random(256)))

const samples = [
  ['Open', { discoveryKey: bytes(32), capability: bytes(32) }], ['Open', { discoveryKey: bytes(32) }],
  ['Options', { extensions: ['a', 'MULTIFEED_MANIFEST'], ack: true }], ['Options', { extensions: [] }],
  ['Status', { uploading: true, downloading: false }], ['Status', {}],
  ['Have', { start: 5 }], ['Have', { start: 0, length: 1048576, bitfield: bytes(9) }], ['Have', { start: 300, length: 1, ack: true }],
  ['Unhave', { start: 7, length: 3 }], ['Want', { start: 0, length: 1048576 }], ['Want', { start: 2 }], ['Unwant', { start: 1, length: 2 }],
  ['Request', { index: 12, bytes: 0, hash: false, nodes: 1 }], ['Request', { index: 70000, hash: true, nodes: 2 ** 40 + 6 }],
  ['Request', { index: 0, bytes: 123456 }], ['Cancel', { index: 3, bytes: 0, hash: true }],
  ['Data', { index: 4, value: Buffer.from('hello'), nodes: [{ index: 10, hash: bytes(32), size: 5 }, { index: 3, hash: bytes(32), size: 1e9 }], signature: bytes(64) }],
  ['Data', { index: 9, value: Buffer.alloc(0) }], ['Data', { index: 9, nodes: [{ index: 18, hash: bytes(32), size: 0 }] }],
  ['Close', {}], ['Close', { discoveryKey: bytes(32) }]
].map(([name, value]) => ({ name, value: hex(value), encoded: messages[name].encode(value).toString('hex') }))

const bitfields = [[], [0], [0, 1, 2], [...Array(100).keys()], [...Array(1000).keys()].filter(i => i % 7), [...Array(4096).keys()].filter(i => i < 900 || i > 3000)]
  .map(held => {
    const plain = Buffer.alloc(512)
    for (const i of held) plain[i >> 3] |= 128 >> (i & 7)
    return { held, coded: rle.encode(plain).toString('hex') }
  })

const tree = (length, seqs) => {
  const index = new TreeIndex()
  for (const root of flat.fullRoots(2 * length)) index.set(root)
  for (const seq of seqs) index.set(2 * seq)
  return index
}
const full = length => tree(length, [...Array(length).keys()])
const answers = []
for (const [length, older, held] of [[1, 0, []], [2, 0, []], [5, 0, []], [8, 5, [0, 1, 2, 3, 4]], [13, 6, [0, 1, 2, 3, 4, 5]], [40, 27, [26]], [40, 40, [3, 4, 30]], [100, 64, [1]]]) {
  for (let seq = 0; seq < length; seq++) {
    const digest = tree(older, held).digest(2 * seq)
    const { nodes, verifiedBy } = full(length).proof(2 * seq, { digest })
    answers.push({ length, seq, digest, nodes, signed: !!verifiedBy })
  }
}

const following = [1, 2, 5, 6, 7, 8, 27, 100].map(length => ({ length, digest: full(length).digest(2 * length) }))
const split = { rx: bytes(32), tx: bytes(32) }
const key = bytes(32)
const capability = { key: hex(key), split: hex(split), capability: hex(crypto.capability(key, split)), remote: hex(crypto.remoteCapability(key, split)) }
console.log(JSON.stringify({ samples, bitfields, answers, following, capability }))
