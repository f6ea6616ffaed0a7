# A userland with systemd in it, which boots as process 1: for what is a unit (guest --init systemd).

. "$lib/userland.sh"

build_systemd() {
  userland_packages+=' systemd dbus'
  build_userland "$@"
}
