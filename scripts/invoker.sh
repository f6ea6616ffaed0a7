# Sourced. Who npm and the build run as, so that `sudo npm …` leaves no file of root in the checkout.
#
#   invoker_find DIR        sets invoker_uid, invoker_gid, invoker_home
#   as_invoker COMMAND …    runs it as that user (as ourselves where we are not root)

# Only the user knows what is writable for them: an acl or a read-only mount decides as well.
can_write() { # UID GID DIR
  setpriv --reuid="$1" --regid="$2" --clear-groups test -w "$3"
}

# Who called sudo, where they can write here; else the owner of the checkout.
invoker_find() {
  invoker_uid=$(id -u) invoker_gid=$(id -g) invoker_home=${HOME:-/}
  [ "$invoker_uid" = 0 ] || return 0
  invoker_uid=$(stat -c %u "$1") invoker_gid=$(stat -c %g "$1")
  if [ "${SUDO_UID:-0}" != 0 ] && can_write "$SUDO_UID" "${SUDO_GID:-$SUDO_UID}" "$1"; then
    invoker_uid=$SUDO_UID invoker_gid=${SUDO_GID:-$SUDO_UID}
  fi
  invoker_home=$(getent passwd "$invoker_uid" | cut -d: -f6)
  if [ ! -d "$invoker_home" ]; then invoker_home=/; fi
}

# The npm that started us has put root's own settings into the environment: the user's npm must find its own.
# Without a home to write to (a service account, a bare uid) npm's cache goes to a directory that we remove again.
as_invoker() {
  [ "$(id -u)" = 0 ] || { "$@"; return; }
  [ "$invoker_uid" != 0 ] || { "$@"; return; }
  as_groups=--clear-groups
  if getent passwd "$invoker_uid" >/dev/null; then as_groups=--init-groups; fi
  as_cache=$invoker_home/.npm as_status=0
  can_write "$invoker_uid" "$invoker_gid" "$invoker_home" || as_cache=$(mktemp -d)
  [ "$as_cache" = "$invoker_home/.npm" ] || chown "$invoker_uid:$invoker_gid" "$as_cache"
  setpriv --reuid="$invoker_uid" --regid="$invoker_gid" "$as_groups" \
    env -u npm_config_userconfig -u npm_config_prefix -u npm_config_globalconfig -u npm_config_local_prefix \
    HOME="$invoker_home" npm_config_cache="$as_cache" "$@" || as_status=$?
  [ "$as_cache" = "$invoker_home/.npm" ] || rm -rf "$as_cache"
  return "$as_status"
}
