/** The scripts that install a kit and take it away again on Windows. */
import { folderOf } from '../host-paths';
import { KitOptions, signerNameIn } from '../kit-options';
import { powershellLiteral } from '../quoting';

function facts({ name, paths, target }: KitOptions): string {
  const values: ReadonlyArray<[string, string]> = [
    ['Name', name], ['Program', signerNameIn(target)], ['Signer', paths.signer], ['Target', paths.configuration], ['Certificate', paths.certificate],
    ['PrivateKey', paths.privateKey], ['Folder', folderOf(paths.signer)],
  ];
  return values.map(([variable, value]) => `$${variable} = ${powershellLiteral(value)}\r\n`).join('');
}

/** Lines as Windows ends them. */
function windowsLines(text: string): string {
  return text.replace(/\r?\n/gu, '\r\n');
}

/** Puts everything in its place. The first thing that it does is to check what it came with. */
export function installPowershell(kit: KitOptions): string {
  return windowsLines(`${INSTALL_HEAD}${facts(kit)}${INSTALL}`);
}

const INSTALL_HEAD = String.raw`#Requires -Version 5.1
#Requires -RunAsAdministrator
<#
.SYNOPSIS
Installs roles-anywhere-signer and its configuration; README.md says how. Nothing is fetched, and no key is touched.
.PARAMETER Configuration
The configuration to install; without it config.json beside this script.
.PARAMETER HostName
Take the configuration of this host from the folder hosts; without it what this host is called.
.PARAMETER Replace
Overwrite what another kit, or somebody, has put there.
#>
param([string]$Configuration, [string]$HostName, [switch]$Replace)
Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

`;

const INSTALL = String.raw`
# 1. Everything is checked before anything is touched.
$Here = $PSScriptRoot
$Sums = Join-Path $Here 'SHA256SUMS'
if (-not (Test-Path -LiteralPath $Sums)) { throw 'SHA256SUMS is missing: unpack the whole archive' }
foreach ($Line in Get-Content -LiteralPath $Sums) {
  if ($Line -notmatch '^([0-9a-f]{64})  (.+)$') { throw "SHA256SUMS has a line that is none: $Line" }
  $Wanted = $Matches[1]
  $File = Join-Path $Here ($Matches[2] -replace '/', '\')
  if (-not (Test-Path -LiteralPath $File)) { throw "$File is missing; get the kit anew" }
  if ((Get-FileHash -LiteralPath $File -Algorithm SHA256).Hash -ne $Wanted) { throw "$File is not as it was made; get the kit anew" }
}
if (-not [Environment]::Is64BitOperatingSystem) { throw 'this kit is for 64-bit Windows' }

if ($Configuration) {
  if ($HostName) { throw 'give either -Configuration or -HostName' }
} elseif ($HostName) {
  $Configuration = Join-Path $Here "hosts\$HostName.json"
} elseif (Test-Path -LiteralPath (Join-Path $Here 'config.json')) {
  $Configuration = Join-Path $Here 'config.json'
} elseif (Test-Path -LiteralPath (Join-Path $Here 'hosts')) {
  $Called = @([Net.Dns]::GetHostEntry('').HostName, $env:COMPUTERNAME) | ForEach-Object { Join-Path $Here "hosts\$_.json" }
  $Configuration = $Called | Where-Object { Test-Path -LiteralPath $_ } | Select-Object -First 1
  if (-not $Configuration) { throw 'no configuration is called like this host; choose one of the folder hosts with -HostName' }
} else {
  throw 'there is no configuration in this kit; it came in a file of its own: give it with -Configuration FILE'
}
$Text = Get-Content -LiteralPath $Configuration -Raw
if ($Text -match 'PRIVATE KEY') { throw "$Configuration has a private key in it; keys stay in files of their own" }
foreach ($Member in 'trustAnchorArn', 'profileArn', 'roleArn') {
  if (-not ($Text | ConvertFrom-Json).PSObject.Properties[$Member]) { throw "$Configuration is no configuration of the signer: $Member is missing" }
}

$Manifest = Join-Path $Folder 'installed-kit.txt'
$Installed = if (Test-Path -LiteralPath $Manifest) { (Get-Content -LiteralPath $Manifest -Raw).Trim() } else { '' }
if (-not $Replace -and $Installed -ne $Name) {
  if ($Installed) { throw "another kit is installed here, $Installed; take it away first, or give -Replace" }
  foreach ($Path in $Signer, $Target) {
    if (Test-Path -LiteralPath $Path) { throw "$Path is there already and not from a kit; move it away, or give -Replace" }
  }
}
$Said = & (Join-Path $Here $Program) version
if ($LASTEXITCODE -ne 0) { throw "the signer does not run on this host: $Said" }

$Data = Split-Path -Parent $Target
if ((Test-Path -LiteralPath $Data) -and (Get-Acl -LiteralPath $Data).GetOwner([Security.Principal.SecurityIdentifier]).Value -notin 'S-1-5-32-544', 'S-1-5-18') {
  throw "$Data belongs to somebody who is not the group of administrators; see what is in it, and remove it"
}

# 2. Installing.
foreach ($Path in $Folder, (Split-Path -Parent $Target)) {
  New-Item -ItemType Directory -Force -Path $Path | Out-Null
}
# In %ProgramData% every user may write, and a configuration says which programs are run. A folder that was chosen is the team's.
if ($Data -eq (Join-Path $env:ProgramData 'roles-anywhere')) {
  icacls $Data /inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-32-545:(OI)(CI)RX' | Out-Null
  if ($LASTEXITCODE -ne 0) { throw "the permissions of $Data could not be set" }
}
Set-Content -LiteralPath $Manifest -Value $Name -Encoding ASCII
Copy-Item -LiteralPath (Join-Path $Here $Program) -Destination $Signer -Force
Copy-Item -LiteralPath $Configuration -Destination $Target -Force
foreach ($File in 'uninstall.ps1', 'README.md', 'aws-config') {
  Copy-Item -LiteralPath (Join-Path $Here $File) -Destination (Join-Path $Folder $File) -Force
}

# 3. What is left to do.
Write-Output "installed $Name"
foreach ($Path in $Certificate, $PrivateKey) {
  if (-not (Test-Path -LiteralPath $Path)) { Write-Output "missing: $Path, which you put there" }
}
Write-Output "try it:    & '$Signer' doctor --config '$Target'"
Write-Output "remove it: powershell -ExecutionPolicy Bypass -File '$(Join-Path $Folder 'uninstall.ps1')'"
`;

/** Takes away what the install script has put there. */
export function uninstallPowershell(kit: KitOptions): string {
  return windowsLines(`#Requires -Version 5.1
#Requires -RunAsAdministrator
# Takes away what install.ps1 has put on this host. Certificate and key stay, because they are yours.
Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

${facts(kit)}${UNINSTALL}`);
}

const UNINSTALL = String.raw`
$Manifest = Join-Path $Folder 'installed-kit.txt'
if (-not (Test-Path -LiteralPath $Manifest)) { throw "nothing is installed here: $Manifest is missing" }
$Paths = @($Signer, $Target) + ('README.md', 'aws-config', 'uninstall.ps1', 'installed-kit.txt' | ForEach-Object { Join-Path $Folder $_ })
foreach ($Path in $Paths) {
  if (Test-Path -LiteralPath $Path) { Remove-Item -LiteralPath $Path -Force }
}
foreach ($Path in $Folder, (Split-Path -Parent $Target)) {
  if ((Test-Path -LiteralPath $Path) -and -not (Get-ChildItem -LiteralPath $Path -Force)) { Remove-Item -LiteralPath $Path }
}
Write-Output 'removed; certificate and key stay, because they are yours'
`;
