# SPDX-License-Identifier: EUPL-1.2
"""Makes one C++ file of the templates, the message catalogue and the assets, for the build to compile in.

A template takes another over with {{>name}}, at build time, so that escaping sees each page as a whole. White space at
the beginning of a line is left out. An asset's address holds a hash of its bytes.
"""
import argparse
import hashlib
import pathlib
import re
import sys

TAKE_OVER = re.compile(r'\{\{>([a-z_]+)\}\}')
TYPES = {'.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.svg': 'image/svg+xml',
         '.json': 'application/json'}
MOST_DEPTH = 8
NO_ADDRESS = re.compile(rb'url\([^)]*\)')
PIECE = 60          # bytes of one line of a literal
SPRITE = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>\n'


def whole(name, texts, depth=0):
    """The template with everything that it takes over."""
    if depth > MOST_DEPTH:
        sys.exit(f'{name}: takes itself over')
    if name not in texts:
        sys.exit(f'there is no template {name}')
    return TAKE_OVER.sub(lambda found: whole(found.group(1), texts, depth + 1), texts[name])


def tidy(text):
    lines = (line.strip() for line in text.splitlines())
    return '\n'.join(line for line in lines if line) + '\n'


def literal(data):
    """Bytes as C++ string literals, safe against trigraphs and greedy escapes."""
    out = []
    for at in range(0, max(len(data), 1), PIECE):
        piece = ''.join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\?' else f'\\{byte:03o}'
                        for byte in data[at:at + PIECE])
        out.append(f'    "{piece}"')
    return '\n'.join(out)


def sprite(names, folder):
    """The icons of the list, as symbols of one file."""
    symbols = []
    for name in names:
        text = (folder / f'{name}.svg').read_text()
        shape = re.search(r'<svg[^>]*viewBox="([^"]+)"[^>]*>(.*)</svg>', text, re.DOTALL)
        if not shape:
            sys.exit(f'{name}.svg: this is no icon')
        body = re.sub(r'<path d="M0 0h24v24H0[zV]*[^"]*" fill="none"\s*/>', '', shape.group(2))
        symbols.append(f'<symbol id="{name}" viewBox="{shape.group(1)}">{body.strip()}</symbol>')
    return SPRITE.format(''.join(symbols)).encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--out', required=True, type=pathlib.Path)
    parser.add_argument('--templates', required=True, nargs='+', type=pathlib.Path)
    parser.add_argument('--words', required=True, type=pathlib.Path)
    parser.add_argument('--style', required=True, type=pathlib.Path)
    parser.add_argument('--scripts', required=True, nargs='+', type=pathlib.Path)
    parser.add_argument('--icons', required=True, type=pathlib.Path, help='names, one a line')
    parser.add_argument('--icon-folder', required=True, type=pathlib.Path)
    parser.add_argument('--others', nargs='*', type=pathlib.Path, default=[])
    arguments = parser.parse_args()

    texts = {path.stem: path.read_text() for path in arguments.templates}
    templates = [(name, ('{{%AUTOESCAPE context="HTML"}}' + tidy(whole(name, texts))).encode())
                 for name in sorted(texts) if not name.startswith('_')]
    names = [line for line in arguments.icons.read_text().split('\n') if line and not line.startswith('#')]
    # Icons come from the sprite; a sheet that names other files would ask for what is not there.
    assets = [('comity.css', NO_ADDRESS.sub(b'none', arguments.style.read_bytes())),
              ('comity.js', b'\n'.join(path.read_bytes() for path in arguments.scripts)),
              ('icons.svg', sprite(names, arguments.icon_folder))]
    assets += [(path.name, path.read_bytes()) for path in arguments.others]

    out = ['// Made by embed.py.', '#include "node/web/look/embedded.h"', '', 'namespace comity::web {', 'namespace {', '']
    out.append('constexpr EmbeddedTemplate kTemplates[] = {')
    for name, text in templates:
        out.append(f'    {{"{name}", std::string_view(\n{literal(text)}, {len(text)})}},')
    out += ['};', 'constexpr EmbeddedAsset kAssets[] = {']
    for name, data in assets:
        stem, ending = name.rsplit('.', 1)
        digest = hashlib.sha256(data).hexdigest()[:16]
        out.append(f'    {{"{name}", "{stem}.{digest}.{ending}", "{TYPES["." + ending]}", std::string_view(\n'
                   f'{literal(data)}, {len(data)})}},')
    words = arguments.words.read_bytes()
    out += ['};', f'constexpr std::string_view kWords(\n{literal(words)}, {len(words)});', '', '}  // namespace', '']
    out.append('''std::span<const EmbeddedTemplate> embedded_templates() {
  return kTemplates;
}

std::span<const EmbeddedAsset> embedded_assets() {
  return kAssets;
}

std::string_view embedded_words() {
  return kWords;
}

const EmbeddedAsset* asset_at(std::string_view hashed_name) {
  for (const EmbeddedAsset& asset : kAssets) {
    if (asset.hashed_name == hashed_name) return &asset;
  }
  return nullptr;
}

std::string_view asset_address(std::string_view name) {
  for (const EmbeddedAsset& asset : kAssets) {
    if (asset.name == name) return asset.hashed_name;
  }
  return {};
}

}  // namespace comity::web
''')
    arguments.out.write_text('\n'.join(out))


if __name__ == '__main__':
    main()
