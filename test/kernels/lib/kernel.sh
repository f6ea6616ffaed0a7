# A Debian kernel as a guest boots it: vmlinuz, boot.cpio (busybox and the few modules that lead to the root), modules.erofs (all modules),
# and `release` (what uname -r says).

# What stage one needs. modprobe on this machine names their dependencies in order, and leaves out what that kernel has built in.
boot_modules='virtio_pci virtio_blk virtio_console 9pnet_virtio 9p erofs overlay'

build_kernel() {
  local suite=$1 out=$2 work=$3 packages release vmlinuz
  apt_for "$suite" "$work/apt"
  # The metapackage leads to the kernel; its files are in one package (5.10 … 6.12) or in several (7.x: -binary and -modules).
  packages=$(APT_CONFIG=$work/apt/apt.conf apt-get -s install linux-image-amd64 | sed -n 's/^Inst \(linux-[a-z]*-[0-9][^ ]*\) .*/\1/p')
  mkdir "$work/debs" "$work/tree"
  (cd "$work/debs" && APT_CONFIG=$work/apt/apt.conf apt-get -q download $packages)
  for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/tree"; done

  # Where /lib is not yet /usr/lib: bring both to one place.
  mkdir -p "$work/tree/usr/lib/modules"
  [ ! -d "$work/tree/lib/modules" ] || cp -al "$work"/tree/lib/modules/. "$work/tree/usr/lib/modules/"
  rm -rf "$work/tree/lib" && ln -s usr/lib "$work/tree/lib"
  release=$(basename "$(echo "$work"/tree/usr/lib/modules/*)")
  vmlinuz=$(find "$work/tree" -name 'vmlinuz*' -type f -print -quit) # in /boot, from 7.x on beside the modules
  cp "$vmlinuz" "$out/vmlinuz"
  echo "$release" >"$out/release"
  depmod -b "$work/tree" "$release"
  boot_archive "$work/tree" "$release" "$work/boot" >"$out/boot.cpio"
  mkfs.erofs --quiet "$out/modules.erofs" "$work/tree/usr/lib/modules"
}

# Modules are numbered in loading order and unpacked: busybox's insmod cannot ask the kernel to unpack .ko.xz.
boot_archive() {
  local tree=$1 release=$2 dir=$3 n=10 name path
  mkdir -p "$dir/bin" "$dir/modules"
  cp "$(command -v busybox)" "$dir/bin/busybox"
  for name in $boot_modules; do
    modprobe -d "$tree" -S "$release" --show-depends "$name" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
  done | awk '!seen[$0]++' | while read -r path; do
    n=$((n + 1))
    case $path in
      *.xz) xz -dc "$path" >"$dir/modules/$n-$(basename "$path" .xz)" ;;
      *) cp "$path" "$dir/modules/$n-$(basename "$path")" ;;
    esac
  done
  (cd "$dir" && find . | busybox cpio -o -H newc 2>/dev/null)
}
