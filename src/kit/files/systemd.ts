/** Units of systemd: the signer as a server, as a writer of credentials files, and what starts both anew after a renewal. */
import { folderOf } from '../host-paths';
import type { KitOptions } from '../kit-options';
import { systemdPath, systemdProgram, systemdWord } from '../quoting';

/** Begin of the names of all units. */
export const UNIT = 'roles-anywhere-signer';

/** What neither unit needs, taken away. It takes systemd 247; older ones skip what they do not know. */
const SANDBOX = `\
# A core dump would hold credentials.
LimitCORE=0
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
PrivateMounts=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
KeyringMode=private
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# Not here: MemoryDenyWriteExecute, because the runtime compiles; PrivateNetwork, because AWS is called.
`;

/** All units by file name. */
export function systemdUnits(kit: KitOptions): Map<string, string> {
  return new Map([
    [`${UNIT}.service`, serveUnit(kit)],
    [`${UNIT}-update@.service`, updateUnit(kit)],
    [`${UNIT}-renewed.path`, renewedPath(kit)],
    [`${UNIT}-renewed.service`, RENEWED_SERVICE],
  ]);
}

function start({ target, paths }: KitOptions, command: string): string {
  const program = target.bunTarget === undefined ? `/usr/bin/env node ${systemdWord(paths.signer)}` : systemdProgram(paths.signer);
  const words = [program, command, '--config', systemdWord(paths.configuration)].join(' ');
  return `\
ExecStart=${words} --certificate \${CREDENTIALS_DIRECTORY}/host.pem --private-key \${CREDENTIALS_DIRECTORY}/host.key
# systemd reads both as root and hands them to the service alone, so that they can stay readable for root only.
LoadCredential=host.pem:${systemdPath(paths.certificate)}
LoadCredential=host.key:${systemdPath(paths.privateKey)}
`;
}

function unitSection(description: string): string {
  return `\
[Unit]
Description=${description}
After=network-online.target
Wants=network-online.target
# Try for as long as it takes: the signer ends where the service cannot be reached at its start.
StartLimitIntervalSec=0
`;
}

/** A unit of the portable module is told about by the program systemd-notify. */
const NOTIFY_ACCESS = '# Node.js has systemd-notify do the telling.\nNotifyAccess=all\n';

function serveUnit(kit: KitOptions): string {
  return `${unitSection('AWS credentials for programs of this host, on 127.0.0.1:9911')}
[Service]
Type=notify
${kit.target.bunTarget === undefined ? NOTIFY_ACCESS : ''}${start(kit, 'serve')}WatchdogSec=60
Restart=on-failure
RestartSec=5
DynamicUser=yes
ProtectHome=yes
ProcSubset=pid
${SANDBOX}
[Install]
WantedBy=multi-user.target
`;
}

function updateUnit(kit: KitOptions): string {
  return `# One instance a user: systemctl enable --now ${UNIT}-update@NAME
${unitSection('AWS credentials in the credentials file of %i')}
[Service]
Type=exec
${start(kit, 'update')}Restart=on-failure
RestartSec=5
User=%i
# The only folder that it may write to. For a home elsewhere: systemctl edit ${UNIT}-update@NAME
ReadWritePaths=-/home/%i/.aws
ProcSubset=pid
${SANDBOX}
[Install]
WantedBy=multi-user.target
`;
}

function renewedPath({ paths }: KitOptions): string {
  return `# Certificate and key are handed over when a service starts, so it is started anew when they change.
[Unit]
Description=Renewals of this host's certificate in ${systemdPath(folderOf(paths.certificate))}

[Path]
PathChanged=${systemdPath(paths.certificate)}
PathChanged=${systemdPath(paths.privateKey)}
Unit=${UNIT}-renewed.service

[Install]
WantedBy=multi-user.target
`;
}

const RENEWED_SERVICE = `[Unit]
Description=Hand the renewed certificate to roles-anywhere-signer

[Service]
Type=oneshot
# Key and certificate are seldom written in the same moment.
ExecStartPre=sleep 2
ExecStart=systemctl try-restart ${UNIT}.service "${UNIT}-update@*.service"
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateNetwork=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
CapabilityBoundingSet=
MemoryDenyWriteExecute=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
UMask=0077
`;
