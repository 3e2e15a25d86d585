// Run libas2 in an environment of its own: one JSON request a line on stdin, one JSON answer a line on stdout.
const readline = require('readline')
const webcrypto = new (require('@peculiar/webcrypto').Crypto)()
require('pkijs').setEngine('node', webcrypto, webcrypto.subtle)
const { AS2Composer, AS2Parser } = require('libas2')

const side = (role, person, more) => ({ role, name: person.name, id: person.name, url: 'http://127.0.0.1:9/', ...more })

function agreement (request) {
  const how = request.how || {}
  return {
    host: side('host', request.us, {
      certificate: request.us.certificate, privateKey: request.us.key, decrypt: !!how.decrypt, sign: how.sign || false, mdn: how.mdn
    }),
    partner: side('partner', request.them, {
      certificate: request.them.certificate, file: 'EDIX12', encrypt: how.encrypt || false, verify: !!how.verify, mdn: how.mdn
    })
  }
}

async function build (request) {
  const content = Buffer.from(request.payload, 'base64').toString('latin1')
  const composer = new AS2Composer({ message: { filename: '850.edi', content }, agreement: agreement(request) })
  const options = await composer.toRequestOptions()
  return { headers: options.headers, body: Buffer.from(options.body).toString('base64') }
}

async function open (request) {
  let node = await AS2Parser.parse({ headers: request.headers, content: Buffer.from(request.body, 'base64') })
  const us = { cert: request.us.certificate, key: request.us.key }
  if (node.smimeType === 'enveloped-data') node = await node.decrypt(us)
  const signed = /^multipart\/signed/.test(node.contentType || '')
  if (signed) node = await node.verify({ cert: request.them.certificate })
  if (!node) return { fault: 'not verified' }
  return { type: node.contentType, signed, content: Buffer.from(node.content || '').toString('base64') }
}

async function judge (request) {
  const node = await AS2Parser.parse({ headers: request.headers, content: Buffer.from(request.body, 'base64') })
  const mdn = await node.dispositionIn(request.signed ? { cert: request.them.certificate } : undefined)
  const found = mdn.notification
  return { original: found.originalMessageId, processed: found.disposition.processed, mic: found.receivedContentMic }
}

async function answer (request) {
  const node = await AS2Parser.parse({ headers: request.headers, content: Buffer.from(request.body, 'base64') })
  const out = await node.dispositionOut({ agreement: agreement(request) })
  const mdn = await out.dispositionNode.buildObject()
  return {
    content: Buffer.from(out.contentNode ? out.contentNode.content || '' : '').toString('base64'),
    headers: mdn.headers,
    body: Buffer.from(mdn.body).toString('base64')
  }
}

const DO = { build, open, judge, answer }
console.log(JSON.stringify({ ready: true }))
readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  const request = JSON.parse(line)
  try {
    console.log(JSON.stringify(await DO[request.do](request)))
  } catch (fault) {
    console.log(JSON.stringify({ fault: String(fault && fault.stack) }))
  }
})
