// Judges documents with ajv: `documents.py json FILE... | node judge.js SCHEMAS` prints "good" or "bad", TAB, the file.
'use strict';
const fs = require('fs');
const path = require('path');
const Ajv = require('ajv/dist/2020').default;

const folder = process.argv[2];
const ajv = new Ajv({ strict: true, strictRequired: false });
const judges = {};
for (const name of fs.readdirSync(folder).filter((each) => each.endsWith('.json')))
    judges[path.basename(name, '.json')] = ajv.compile(JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')));

for (const line of fs.readFileSync(0, 'utf8').split('\n').filter((each) => each !== '')) {
    const { file, document } = JSON.parse(line);
    const kind = document && typeof document === 'object' ? document.kind : undefined;
    const good = typeof kind === 'string' && Object.hasOwn(judges, kind) && judges[kind](document);
    process.stdout.write((good ? 'good' : 'bad') + '\t' + file + '\n');
}
