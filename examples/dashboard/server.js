// Serves the page on this machine: `npm start`, on the port of $PORT or on any free one.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const FILES = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/dashboard.js': ['dashboard.js', 'text/javascript; charset=utf-8'],
};

const server = createServer(async (request, response) => {
  const [name, type] = FILES[request.url.split('?')[0]] ?? [];
  if (!name) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': type });
  response.end(await readFile(new URL(name, import.meta.url)));
});

server.listen(process.env.PORT ?? 0, '127.0.0.1', () => {
  console.log(`The dashboard is at http://127.0.0.1:${server.address().port}/`);
});
