import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { extract } from "tar";

/**
 * Unpacks the files of `@sparticuz/chromium`, once. The package can do that itself, but into the machine's
 * temporary directory, where it takes any file called `chromium` for its own, half written or of another version.
 */
export async function unpackChromium(from: string, directory: string): Promise<void> {
  if (existsSync(directory)) return;
  await mkdir(dirname(directory), { recursive: true });
  const unfinished = await mkdtemp(`${directory}.`);
  try {
    await Promise.all([
      unpackFile(join(from, "chromium.br"), join(unfinished, "chromium")),
      unpackTar(join(from, "swiftshader.tar.br"), unfinished),
      unpackTar(join(from, "fonts.tar.br"), join(unfinished, "fonts")),
      unpackTar(join(from, "al2023.tar.br"), join(unfinished, "al2023")),
      writeFile(join(unfinished, "fonts.conf"), fontsConfiguration(directory)),
    ]);
    await rename(unfinished, directory);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process was faster.
    if (!existsSync(directory)) throw error;
  }
}

/** Where the libraries lie that the browser needs and a machine may lack. */
export function libraryPath(directory: string): string {
  return join(directory, "al2023", "lib");
}

async function unpackFile(from: string, to: string): Promise<void> {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to, { mode: 0o755 }));
}

async function unpackTar(from: string, cwd: string): Promise<void> {
  await mkdir(cwd, { recursive: true });
  await pipeline(createReadStream(from), createBrotliDecompress(), extract({ cwd }));
}

// Without any font, text has no height; the machine's own are used as well where it has some.
function fontsConfiguration(directory: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${join(directory, "fonts")}</dir>
  <cachedir>${join(directory, "fonts-cache")}</cachedir>
</fontconfig>
`;
}
