// Runs N.onnx with onnxruntime and N.tflite with LiteRT on the inputs of N.json
// in a folder, and prints how far each is from the expected outputs.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const here = path.dirname(fileURLToPath(import.meta.url));
const dir = process.argv[2];
const results = [];

function compare(model, runtime, all, data) {
  let worst = 0, same = 0;
  all.forEach((y, i) => {
    const want = data.outputs[i];
    let a = 0, b = 0;
    want.forEach((v, k) => {
      worst = Math.max(worst, Math.abs(v - y[k]));
      if (y[k] > y[a]) a = k;
      if (v > want[b]) b = k;
    });
    if (a === b) same++;
  });
  results.push({ Model: model, Runtime: runtime, Worst: worst, Same: same, Of: all.length });
}

async function onnx(file, data) {
  const ort = require('onnxruntime-node');
  const session = await ort.InferenceSession.create(file);
  const all = [];
  for (const x of data.inputs) {
    const out = await session.run({ window: new ort.Tensor('float32', Float32Array.from(x), [1, 3, x.length / 3]) });
    all.push(Array.from(out.probabilities.data));
  }
  compare(path.basename(file), 'onnxruntime', all, data);
}

// LiteRT is a browser package: give it the few things of a browser that it asks
// for, from the disk.
let litert;
async function loadLiteRt() {
  if (litert) return litert;
  globalThis.self = globalThis;
  globalThis.window = globalThis;
  const net = globalThis.fetch;
  globalThis.fetch = async (url, ...rest) => {
    const p = String(url).startsWith('file:') ? fileURLToPath(String(url)) : String(url);
    if (!fs.existsSync(p)) return net(url, ...rest);
    return new Response(fs.readFileSync(p), { headers: { 'Content-Type': p.endsWith('.wasm') ? 'application/wasm' : 'text/javascript' } });
  };
  globalThis.importScripts = (url) => {
    const p = String(url).startsWith('file:') ? fileURLToPath(String(url)) : String(url);
    (0, eval)(fs.readFileSync(p, 'utf8') + '\n;globalThis.ModuleFactory = typeof ModuleFactory === "undefined" ? globalThis.ModuleFactory : ModuleFactory;');
  };
  globalThis.require = require;
  globalThis.__dirname = path.join(here, 'node_modules/@litertjs/core/wasm');
  litert = await import('@litertjs/core');
  const wasm = path.join(here, 'node_modules/@litertjs/core/wasm');
  globalThis.__filename = path.join(wasm, 'x.js');
  await litert.loadLiteRt(wasm + '/');
  return litert;
}

async function tflite(file, data) {
  const l = await loadLiteRt();
  const model = await l.loadAndCompile(new Uint8Array(fs.readFileSync(file)), { accelerator: 'wasm' });
  const all = [];
  for (const x of data.inputs) {
    const input = new l.Tensor(Float32Array.from(x), [1, 3, x.length / 3]);
    const out = await model.run([input]);
    all.push(Array.from(await (Array.isArray(out) ? out[0] : Object.values(out)[0]).data()));
  }
  compare(path.basename(file), 'LiteRT', all, data);
}

for (const name of fs.readdirSync(dir).filter((f) => f.endsWith('.json')).sort()) {
  const data = JSON.parse(fs.readFileSync(path.join(dir, name), 'utf8'));
  const base = path.join(dir, name.slice(0, -5));
  for (const [run, file] of [[onnx, base + '.onnx'], [tflite, base + '.tflite']]) {
    try {
      await run(file, data);
    } catch (e) {
      console.error(path.basename(file), e);
    }
  }
}
fs.writeSync(1, JSON.stringify(results));
process.exit(0);
