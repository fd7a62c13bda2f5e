// Parse answers, a line of {schema, body} each, with the zod schemas of a generated file, and print
// how many were parsed and the faults of the others.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, file] = process.argv.slice(2);
const ts = createRequire(join(folder, "package.json"))("typescript");
const compiled = join(folder, file.replace(/\.ts$/, ".mjs"));
const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
const code = readFileSync(join(folder, file), "utf8");
writeFileSync(compiled, ts.transpileModule(code, { compilerOptions: options }).outputText);
const schemas = await import(pathToFileURL(compiled).href);

const faults = [];
let parsed = 0;
for (const [line, text] of readFileSync(0, "utf8").split("\n").entries()) {
  const { schema, body } = JSON.parse(text);
  const found = schemas[schema]?.safeParse(body);
  if (found?.success) parsed += 1;
  else faults.push({ line, fault: found ? JSON.stringify(found.error.issues) : "no schema" });
}
console.log(JSON.stringify({ parsed, faults }));
