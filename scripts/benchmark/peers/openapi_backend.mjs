// openapi-backend behind Node's HTTP server, with request validation, credentials that must be
// there, and the mock answer that it makes of an operation: openapi_backend.mjs DOCUMENT PORT
import { createServer } from 'node:http'
import addFormats from 'ajv-formats'
import { OpenAPIBackend } from 'openapi-backend'

const [definition, port] = process.argv.slice(2)

// quick: leaves out its check of the document, which refuses 3.1's propertyNames.
const api = new OpenAPIBackend({
  definition,
  quick: true,
  customizeAjv: addFormats,
  handlers: {
    notFound: () => ({ status: 404, mock: { detail: 'Not Found' } }),
    notImplemented: (context) => api.mockResponseForOperation(context.operation.operationId),
    unauthorizedHandler: () => ({ status: 401, mock: { detail: 'Unauthorized' } }),
    validationFail: (context) => ({ status: 422, mock: { detail: context.validation.errors } })
  }
})
await api.init()
for (const [name, scheme] of Object.entries(api.definition.components.securitySchemes)) {
  const header = (scheme.type === 'apiKey' ? scheme.name : 'Authorization').toLowerCase()
  api.registerSecurityHandler(name, (context) => Boolean(context.request.headers[header]))
}

createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const [path, query] = request.url.split('?')
  const { status, mock } = await api.handleRequest({
    method: request.method,
    path,
    query,
    body: Buffer.concat(chunks).toString(),
    headers: request.headers
  })
  const body = JSON.stringify(mock)
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body)
  })
  response.end(body)
}).listen(Number(port), '127.0.0.1')
