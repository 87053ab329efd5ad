/** The scripts that install a kit and take it away again on Linux and macOS. */
import { markers } from './aws-config';
import { UNIT } from './systemd';
import { KitOptions, signerNameIn } from '../kit-options';
import { shellWord } from '../quoting';

/** Where the kit notes what it has put where, and keeps what is needed to take it away. */
export const SHARE_FOLDER = '/usr/local/share/roles-anywhere-signer';

/** The kit's own facts, in front of the script. */
function facts(kit: KitOptions): string {
  const { name, target, paths } = kit;
  const values: ReadonlyArray<[string, string]> = [
    ['name', name],
    ['target', target.name],
    ['system', { linux: 'Linux', darwin: 'Darwin', windows: '', any: '' }[target.system]],
    ['machines', (target.machine ?? []).join(' ')],
    ['libc', target.system !== 'linux' ? '' : target.name.endsWith('-musl') ? 'musl' : 'glibc'],
    ['program', signerNameIn(target)],
    ['signer', paths.signer],
    ['configuration', paths.configuration],
    ['certificate', paths.certificate],
    ['private_key', paths.privateKey],
    ['doctor', doctorCommand(kit)],
    ['share', SHARE_FOLDER],
    ['unit', UNIT],
    ['begin', markers(name).begin],
    ['end', markers(name).end],
  ];
  return values.map(([variable, value]) => `${variable}=${shellWord(value)}\n`).join('');
}

/** What says whether everything is right, as it is typed in a shell. */
export function doctorCommand({ target, paths }: KitOptions): string {
  return `${target.bunTarget === undefined ? 'node ' : ''}${shellWord(paths.signer)} doctor --config ${shellWord(paths.configuration)}`;
}

/** Puts everything in its place. The first thing that it does is to check what it came with. */
export function installScript(kit: KitOptions): string {
  return `#!/bin/sh
# Installs roles-anywhere-signer and its configuration; README.md says how. Nothing is fetched, and no key is touched.
set -eu
umask 022

${facts(kit)}${AS_OWNER}${INSTALL}`;
}

/**
 * What is in a folder of somebody's own is changed as that user: root would follow the links that they put there.
 *
 * `edit_aws_config FILE` puts its input in the place of the kit's section, and says whether that changed anything.
 */
const AS_OWNER = String.raw`
as_owner_of() {
  folder=$1
  shift
  while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
  uid=$(ls -ldn "$folder" | awk '{ print $3 }')
  if [ "$uid" = 0 ]; then
    sh -c "$@"
  elif [ "$(uname -s)" = Darwin ]; then
    sudo -n -u "#$uid" sh -c "$@"
  else
    su -s /bin/sh "$(ls -ld "$folder" | awk '{ print $3 }')" -c "$@"
  fi
}

edit_aws_config() {
  as_owner_of "$(dirname "$1")" '
    set -eu
    umask 077
    file=$1
    if [ -L "$file" ]; then file=$(readlink -f "$file"); fi
    mkdir -p "$(dirname "$file")"
    rm -f "$file.new"
    if [ -f "$file" ]; then cp -p "$file" "$file.new"; fi
    {
      if [ -f "$file" ]; then
        awk -v begin="$2" -v end="$3" "\$0 == begin { inside = 1 } !inside { print } \$0 == end { inside = 0 }" "$file"
      fi
      cat
    } >"$file.new"
    if cmp -s "$file.new" "$file"; then rm -f "$file.new"; else mv -f "$file.new" "$file"; echo changed; fi
  ' edit "$1" "$begin" "$end"
}
`;

const INSTALL = String.raw`
usage() {
  cat <<'USAGE'
usage: sh install.sh [options], as root

  --configuration FILE  the configuration to install (default: config.json beside this script)
  --host NAME           take the configuration of this host from the folder hosts (default: what this host is called)
  --serve               start the server for programs of this host, now and at every start (systemd)
  --update-for USER     keep ~/.aws/credentials of this user up to date, now and at every start (systemd)
  --aws-config FILE     add a profile to this ~/.aws/config, so that SDKs and the AWS CLI find the signer
  --replace             overwrite what another kit, or somebody, has put there
USAGE
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

chosen='' host='' serve='' update_for='' aws_config='' replace=''
while [ $# -gt 0 ]; do
  option=$1
  shift
  case $option in
    --serve) serve=yes ;;
    --replace) replace=yes ;;
    --help | -h) usage; exit 0 ;;
    --configuration | --host | --update-for | --aws-config)
      [ $# -gt 0 ] || fail "$option takes a value; see --help"
      case $option in
        --configuration) chosen=$1 ;;
        --host) host=$1 ;;
        --update-for) update_for=$1 ;;
        --aws-config) aws_config=$1 ;;
      esac
      shift ;;
    *) fail "there is no option $option; see --help" ;;
  esac
done

# ---- 1. everything is checked before anything is touched
absolute() {
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s/%s\n' "$PWD" "$1" ;;
  esac
}
[ -z "$chosen" ] || chosen=$(absolute "$chosen")
[ -z "$aws_config" ] || aws_config=$(absolute "$aws_config")
here=$(dirname "$0")
cd "$here" || fail "the folder $here cannot be entered"
here=$PWD

[ -f SHA256SUMS ] || fail "SHA256SUMS is missing: unpack the whole archive, and run the script in its folder"
if command -v sha256sum >/dev/null 2>&1; then
  checked=$(sha256sum -c SHA256SUMS 2>&1) || fail "the kit is not as it was made; get it anew:
$(printf '%s\n' "$checked" | grep -v ': OK$')"
elif command -v shasum >/dev/null 2>&1; then
  checked=$(shasum -a 256 -c SHA256SUMS 2>&1) || fail "the kit is not as it was made; get it anew:
$(printf '%s\n' "$checked" | grep -v ': OK$')"
else
  fail "neither sha256sum nor shasum is there to check the kit with"
fi

# The hashes say nothing of what an older kit has left in the same folder.
for path in config.json hosts/* systemd/*; do
  [ ! -e "$path" ] || cut -c67- SHA256SUMS | grep -qxF "$path" || fail "$path is not of this kit: unpack the archive into an empty folder; a configuration of yours is given with --configuration"
done

[ "$(id -u)" = 0 ] || fail "run it as root: sudo sh install.sh"
[ -z "$system" ] || [ "$(uname -s)" = "$system" ] || fail "this kit is for $target, and this host runs $(uname -s)"
if [ -n "$machines" ]; then
  case " $machines " in
    *" $(uname -m) "*) ;;
    *) fail "this kit is for $target, and this host's processor is $(uname -m)" ;;
  esac
fi
# Whether any of these is there; a pattern that fits nothing stays as it is.
is_there() {
  for candidate in "$@"; do
    if [ -e "$candidate" ]; then return 0; fi
  done
  return 1
}
if [ "$libc" = glibc ] && ! is_there /lib*/ld-linux* /lib*/*/ld-linux* /usr/lib*/ld-linux*; then
  fail "this kit is for $target, and this host has no glibc; ask for the kit for $target-musl"
fi
if [ "$libc" = musl ] && ! is_there /lib/ld-musl*; then
  fail "this kit is for $target, and this host has no musl; ask for the kit without -musl"
fi
case $program in
  *.mjs)
    command -v node >/dev/null 2>&1 || fail "this kit takes Node.js 20 or newer, and there is no node in PATH"
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' || fail "this kit takes Node.js 20 or newer, and node is $(node --version)" ;;
esac

if [ -n "$chosen" ]; then
  [ -z "$host" ] || fail "give either --configuration or --host"
elif [ -n "$host" ]; then
  chosen=$here/hosts/$host.json
elif [ -f config.json ]; then
  chosen=$here/config.json
elif [ -d hosts ]; then
  for called in "$(hostname -f 2>/dev/null)" "$(hostname 2>/dev/null)" "$(uname -n)"; do
    if [ -n "$called" ] && [ -f "hosts/$called.json" ]; then chosen=$here/hosts/$called.json; break; fi
  done
  [ -n "$chosen" ] || fail "no configuration is called like this host, $(uname -n); choose one with --host:
$(ls hosts | sed 's/\.json$//')"
else
  fail "there is no configuration in this kit; it came in a file of its own: give it with --configuration FILE"
fi
[ -f "$chosen" ] && [ -r "$chosen" ] || fail "the configuration $chosen is not there, or cannot be read"
! grep -q 'PRIVATE KEY' "$chosen" || fail "$chosen has a private key in it; keys stay in files of their own"
for member in trustAnchorArn profileArn roleArn; do
  grep -q "\"$member\"" "$chosen" || fail "$chosen is no configuration of the signer: $member is missing"
done

manifest=$share/manifest
is_ours() { [ -f "$manifest" ] && grep -qxF "file $1" "$manifest"; }
if [ -z "$replace" ]; then
  if [ -f "$manifest" ] && ! grep -qxF "kit $name" "$manifest"; then
    fail "another kit is installed here, $(sed -n 's/^kit //p' "$manifest"); take it away first (sh $share/uninstall.sh), or give --replace"
  fi
  for path in "$signer" "$configuration" systemd/*; do
    case $path in systemd/*) path=/etc/systemd/system/$(basename "$path") ;; esac
    if [ -e "$path" ] && ! is_ours "$path"; then
      fail "$path is there already and not from a kit; move it away, or give --replace"
    fi
  done
fi
if [ -n "$serve$update_for" ] && [ ! -d /run/systemd/system ]; then
  fail "--serve and --update-for take systemd, which does not run here; README.md says how to start the signer otherwise"
fi
if [ -n "$serve$update_for" ]; then
  running=$(systemctl --version | awk 'NR == 1 { print $2 + 0 }')
  [ "$running" -ge 247 ] || fail "--serve and --update-for take systemd 247 or newer, which hands the key to the service; here is $running: use --aws-config"
fi
if [ -n "$update_for" ]; then
  id "$update_for" >/dev/null 2>&1 || fail "there is no user $update_for"
fi

# The lines of a file that are not between this kit's marks.
without_section() {
  awk -v begin="$begin" -v end="$end" '$0 == begin { inside = 1 } !inside { print } $0 == end { inside = 0 }' "$1"
}
if [ -n "$aws_config" ]; then
  if [ -f "$aws_config" ] && without_section "$aws_config" | grep -qxF "[profile $name]"; then
    fail "$aws_config has a profile $name already; remove or rename it"
  fi
fi

# ---- 2. installing
changed=
pending=

# Notes what uninstall.sh is to take away.
note() {
  pending="$pending$1
"
  [ -d "$share" ] || return 0
  touch "$manifest"
  printf '%s' "$pending" | while IFS= read -r line; do
    grep -qxF "$line" "$manifest" || printf '%s\n' "$line" >>"$manifest"
  done
  pending=
}

make_folder() {
  [ ! -d "$1" ] || return 0
  make_folder "$(dirname "$1")"
  mkdir "$1"
  note "folder $1"
}

# put FILE PATH MODE: in one step, so that whoever uses what was there goes on with it.
put() {
  make_folder "$(dirname "$2")"
  if ! cmp -s "$1" "$2"; then
    cp "$1" "$2.new" || { rm -f "$2.new"; fail "$2 cannot be written"; }
    chmod "$3" "$2.new"
    mv -f "$2.new" "$2"
    changed=yes
    printf '  %s\n' "$2"
  fi
  note "file $2"
}

owner_of() {
  # The names of users and groups may have blanks in them, numbers have none.
  set -- $(ls -ldn "$1")
  printf '%s:%s\n' "$3" "$4"
}

# A first installation that fails leaves nothing, unless it has replaced something, which taking away would not bring back.
undo() {
  if [ "$1" != 0 ] && [ -f "$manifest" ]; then sh "$here/uninstall.sh" >/dev/null; fi
  exit "$1"
}
if [ ! -f "$manifest" ] && [ -z "$replace" ]; then
  trap 'undo "$?"' EXIT
fi
make_folder "$share"
if [ -n "$replace" ] && [ -f "$manifest" ]; then
  sed '/^kit /d' "$manifest" >"$manifest.new"
  mv -f "$manifest.new" "$manifest"
fi
note "kit $name"
note "file $manifest"

echo "installing $name for $target:"
case $program in
  *.mjs) said=$(node "$here/$program" version 2>&1) || fail "the signer does not run on this host: $said" ;;
  *)
    make_folder "$(dirname "$signer")"
    if ! cmp -s "$program" "$signer"; then
      # Where it is going to be: what archives are unpacked into may not allow programs to run.
      cp "$program" "$signer.new" || { rm -f "$signer.new"; fail "$signer cannot be written"; }
      chmod 755 "$signer.new"
      if ! said=$("$signer.new" version 2>&1); then
        rm -f "$signer.new"
        hint=
        if [ "$libc" = musl ]; then hint=' (on Alpine: apk add libstdc++)'; fi
        fail "the signer does not run on this host$hint: $said"
      fi
      rm -f "$signer.new"
    fi ;;
esac
put "$program" "$signer" 755
put "$chosen" "$configuration" 644
put uninstall.sh "$share/uninstall.sh" 755
put README.md "$share/README.md" 644
put aws-config "$share/aws-config" 644
if [ -d launchd ] && [ "$(uname -s)" = Darwin ]; then
  put launchd/roles-anywhere-signer.plist "$share/roles-anywhere-signer.plist" 644
fi
if [ -d systemd ] && [ -d /etc/systemd/system ]; then
  for path in systemd/*; do
    put "$path" "/etc/systemd/system/$(basename "$path")" 644
  done
fi

if [ -n "$aws_config" ]; then
  parent=$(dirname "$aws_config")
  [ -d "$parent" ] || note "folder $parent"
  [ -e "$aws_config" ] || note "created-aws-config $aws_config"
  edited=$(edit_aws_config "$aws_config" <aws-config) || fail "$aws_config cannot be written by the owner of its folder"
  if [ -n "$edited" ]; then
    changed=yes
    printf '  %s (profile %s)\n' "$aws_config" "$name"
  fi
  note "aws-config $name $aws_config"
fi

# Everything is in its place; a service that does not start yet is no reason to take it away again.
trap - EXIT
failed=''
if [ -d /run/systemd/system ] && [ -d systemd ]; then
  if [ -n "$changed" ]; then
    systemctl daemon-reload
    systemctl try-restart "$unit.service" "$unit-update@*.service"
  fi
  if [ -n "$serve$update_for" ]; then
    note "unit $unit-renewed.path"
    systemctl enable --now "$unit-renewed.path"
  fi
  if [ -n "$serve" ]; then
    note "unit $unit.service"
    systemctl enable --now "$unit.service" || failed=yes
  fi
  if [ -n "$update_for" ]; then
    home=$(getent passwd "$update_for" | cut -d: -f6)
    if [ ! -d "$home/.aws" ]; then
      mkdir -m 700 "$home/.aws"
      # Of a link that its user has put there meanwhile, this changes the link.
      chown -h "$(owner_of "$home")" "$home/.aws"
    fi
    if [ "$home" != "/home/$update_for" ]; then
      make_folder "/etc/systemd/system/$unit-update@$update_for.service.d"
      printf '[Service]\nReadWritePaths="%s/.aws"\n' "$home" >"/etc/systemd/system/$unit-update@$update_for.service.d/home.conf"
      note "file /etc/systemd/system/$unit-update@$update_for.service.d/home.conf"
      systemctl daemon-reload
    fi
    note "unit $unit-update@$update_for.service"
    systemctl enable --now "$unit-update@$update_for.service" || failed=yes
  fi
fi

# ---- 3. what is left to do
if [ -z "$changed" ]; then echo '  nothing has changed'; fi
echo
for path in "$certificate" "$private_key"; do
  if [ ! -f "$path" ]; then echo "missing: $path, which you put there"; fi
done
if [ -f "$private_key" ]; then
  case $(ls -ld "$private_key") in
    ???????r* | ????????w*) echo "warning: everybody on this host may read $private_key; chmod o= takes that away" ;;
  esac
fi
echo "try it:    $doctor"
echo "remove it: sh $share/uninstall.sh"
[ -z "$failed" ] || fail 'everything is in its place, but a service did not start; what is wrong, the line "try it" says'
`;

/** Takes away what the install script has noted, and nothing else. */
export function uninstallScript(kit: KitOptions): string {
  return `#!/bin/sh
# Takes away what install.sh has put on this host. Certificate and key stay, because they are yours.
set -eu

${facts(kit).split('\n').filter((line) => /^(?:share|unit|begin|end|certificate|private_key)=/u.test(line)).join('\n')}
${AS_OWNER}${UNINSTALL}`;
}

const UNINSTALL = String.raw`
manifest=$share/manifest
[ "$(id -u)" = 0 ] || { echo 'uninstall.sh: run it as root: sudo sh uninstall.sh' >&2; exit 1; }
[ -f "$manifest" ] || { echo "uninstall.sh: nothing is installed here: $manifest is missing" >&2; exit 1; }
# The last comes first. All of it is read now, because the list goes too.
list=$(awk '{ line[NR] = $0 } END { for (i = NR; i > 0; i--) print line[i] }' "$manifest")

each() {
  printf '%s\n' "$list" | while IFS= read -r line; do
    case $line in
      "$1 "*) printf '%s\n' "$line" | sed "s/^$1 //" ;;
    esac
  done
}

if [ -d /run/systemd/system ]; then
  each unit | while IFS= read -r path; do systemctl disable --now "$path"; done
fi

# Of all kits that were installed one over another, each with its own marks.
each aws-config | while read -r kit path; do
  [ -f "$path" ] || continue
  begin="# >>> roles-anywhere-signer: $kit"
  end="# <<< roles-anywhere-signer: $kit"
  edit_aws_config "$path" </dev/null >/dev/null || echo "  $path stays as it is: the owner of its folder cannot write it" >&2
done
each created-aws-config | while IFS= read -r path; do
  if [ -f "$path" ] && [ ! -s "$path" ]; then rm -f "$path"; fi
done

each file | while IFS= read -r path; do
  rm -f "$path"
  echo "  $path"
done
each folder | while IFS= read -r path; do
  if [ -d "$path" ]; then rmdir "$path" 2>/dev/null || echo "  $path stays: there is something of yours in it"; fi
done
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl reset-failed "$unit.service" "$unit-update@*.service" 2>/dev/null || true
fi
for path in "$certificate" "$private_key"; do
  if [ -e "$path" ]; then echo "  $path stays: it is yours"; fi
done
echo 'removed'
`;
