# Installs Dagster as Windows services with NSSM: code server, daemon, UI, read-only UI.
# Run as administrator. NSSM (nssm.exe) must be on the PATH. Running it again changes the settings.
# The pricing service has a script of its own, install-pricing.ps1. Never run so far: deploy\README.md.
#
#   .\install-dagster.ps1 -Root C:\woocp -Credential (Get-Credential DOMAIN\woocp)
#
# The account needs the right "Log on as a service"; with Windows authentication it is the one that
# SQL Server knows. Left out: LocalService, which is right with a SQL Server login in .env.
# In <Root>: .venv, woocp.toml, .env (WOOCP_DATABASE_URL, WOOCP_STORE_…, WOOCP_HOME=<Root>\state, and
# WOOCP_PRICING_HOST=127.0.0.1 unless you do not use the pricing service), dagster.yaml and
# workspace.yaml from deploy\, and secrets\pgpass.conf: one line host:port:database:user:password.
#Requires -RunAsAdministrator
param(
    [string] $Root = "C:\woocp",
    [pscredential] $Credential,
    [string] $PostgresHost = "127.0.0.1",
    [string] $PostgresPort = "5432",
    [string] $PostgresDatabase = "dagster",
    [string] $PostgresUser = "dagster"
)
$ErrorActionPreference = "Stop"
$Scripts = "$Root\.venv\Scripts"
$DagsterHome = "$Root\state\dagster"
$Logs = "$Root\logs"
$PasswordFile = "$Root\secrets\pgpass.conf"
$Account = if ($Credential) { $Credential.UserName } else { "NT AUTHORITY\LocalService" }

# In the order in which they start. Stop: milliseconds until Windows stops asking; the code server
# lets the runs in flight end first.
$Services = @(
    @{ Name = "WoocpDagsterCode"; Display = "woocp: Dagster code server"; Program = "dagster.exe"
       Arguments = "code-server start -h 127.0.0.1 -p 4266 -m woocp_pipelines.definitions --location-name woocp"
       Stop = 90000 },
    @{ Name = "WoocpDagsterDaemon"; Display = "woocp: Dagster daemon"; Program = "dagster-daemon.exe"
       Arguments = "run -w $Root\workspace.yaml"
       Stop = 60000 },
    @{ Name = "WoocpDagsterWeb"; Display = "woocp: Dagster UI"; Program = "dagster-webserver.exe"
       Arguments = "-h 127.0.0.1 -p 3000 -w $Root\workspace.yaml"
       Stop = 30000 },
    @{ Name = "WoocpDagsterView"; Display = "woocp: Dagster UI, read-only"; Program = "dagster-webserver.exe"
       Arguments = "--read-only -h 127.0.0.1 -p 3001 -w $Root\workspace.yaml"
       Stop = 30000 }
)

function Invoke-Checked {
    $program, $arguments = $args
    & $program @arguments
    if ($LASTEXITCODE -ne 0) { throw "$program $arguments ended with $LASTEXITCODE" }
}

function Grant-Folder([string] $Path, [string] $Rights) {
    Invoke-Checked icacls $Path /inheritance:r /grant:r "${Account}:$Rights" "*S-1-5-32-544:(OI)(CI)F"
}

function Install-WoocpService([hashtable] $Service) {
    $name = $Service.Name
    if (-not (Get-Service -Name $name -ErrorAction SilentlyContinue)) {
        Invoke-Checked nssm.exe install $name "$Scripts\$($Service.Program)"
    }
    Invoke-Checked nssm.exe set $name Application "$Scripts\$($Service.Program)"
    Invoke-Checked nssm.exe set $name AppParameters $Service.Arguments
    Invoke-Checked nssm.exe set $name AppDirectory $Root
    # Everybody on this machine may read what stands here: no secret. The password of PostgreSQL is in
    # the file that PGPASSFILE names, the others are in .env.
    Invoke-Checked nssm.exe set $name AppEnvironmentExtra `
        "DAGSTER_HOME=$DagsterHome" "DAGSTER_CODE_HOST=127.0.0.1" "DAGSTER_PG_HOST=$PostgresHost" `
        "DAGSTER_PG_PORT=$PostgresPort" "DAGSTER_PG_DB=$PostgresDatabase" "DAGSTER_PG_USER=$PostgresUser" `
        "PGPASSFILE=$PasswordFile" "WOOCP_CONFIG=$Root\woocp.toml" "WOOCP_HOME=$Root\state" "PYTHONUTF8=1"
    Invoke-Checked nssm.exe set $name DisplayName $Service.Display
    Invoke-Checked nssm.exe set $name Start SERVICE_DELAYED_AUTO_START

    # Ctrl+C first, and time enough; then whatever it started is ended with it.
    Invoke-Checked nssm.exe set $name AppStopMethodSkip 0
    Invoke-Checked nssm.exe set $name AppStopMethodConsole $Service.Stop
    Invoke-Checked nssm.exe set $name AppKillProcessTree 1
    Invoke-Checked nssm.exe set $name AppExit Default Restart
    Invoke-Checked nssm.exe set $name AppRestartDelay 5000
    Invoke-Checked nssm.exe set $name AppThrottle 10000

    Invoke-Checked nssm.exe set $name AppStdout "$Logs\$name.log"
    Invoke-Checked nssm.exe set $name AppStderr "$Logs\$name.log"
    Invoke-Checked nssm.exe set $name AppRotateFiles 1
    Invoke-Checked nssm.exe set $name AppRotateOnline 1
    Invoke-Checked nssm.exe set $name AppRotateSeconds 86400
    Invoke-Checked nssm.exe set $name AppRotateBytes 52428800
    Set-Logon $name
}

# Not by sc.exe or nssm.exe: a password would stand in their command lines.
function Set-Logon([string] $Name) {
    $change = @{ StartName = $Account }
    if ($Credential) { $change.StartPassword = $Credential.GetNetworkCredential().Password }
    $found = Get-CimInstance Win32_Service -Filter "Name='$Name'"
    $answer = Invoke-CimMethod -InputObject $found -MethodName Change -Arguments $change
    if ($answer.ReturnValue -ne 0) { throw "$Name cannot run as ${Account}: error $($answer.ReturnValue)" }
}

foreach ($file in "$Scripts\dagster.exe", "$Root\woocp.toml", "$Root\.env", "$Root\dagster.yaml",
                  "$Root\workspace.yaml", $PasswordFile) {
    if (-not (Test-Path $file)) { throw "$file is missing; see deploy\README.md" }
}
if (-not (Select-String -Quiet -Path "$Root\.env" -Pattern "^WOOCP_PRICING_HOST=")) {
    Write-Warning "No WOOCP_PRICING_HOST in .env: health and alerts do not watch a pricing service."
}
# Two code servers or two daemons at once must never be: everything stops before anything changes.
for ($i = $Services.Count - 1; $i -ge 0; $i--) {
    if (Get-Service -Name $Services[$i].Name -ErrorAction SilentlyContinue) {
        Stop-Service -Name $Services[$i].Name -Force
    }
}
New-Item -ItemType Directory -Force -Path $Logs, $DagsterHome | Out-Null
# Without the line of the password: PGPASSFILE has it.
Get-Content "$Root\dagster.yaml" | Where-Object { $_ -notmatch "DAGSTER_PG_PASSWORD" } |
    Set-Content -Encoding ascii "$DagsterHome\dagster.yaml"

# Tables and pools, before anything starts.
$env:DAGSTER_HOME = $DagsterHome
$env:DAGSTER_PG_HOST = $PostgresHost
$env:DAGSTER_PG_PORT = $PostgresPort
$env:DAGSTER_PG_DB = $PostgresDatabase
$env:DAGSTER_PG_USER = $PostgresUser
$env:PGPASSFILE = $PasswordFile
Invoke-Checked "$Scripts\dagster.exe" instance migrate
Invoke-Checked "$Scripts\dagster.exe" instance concurrency set counterpoint_writes 1

foreach ($service in $Services) { Install-WoocpService $service }
Invoke-Checked nssm.exe set WoocpDagsterDaemon DependOnService WoocpDagsterCode

Grant-Folder $Logs "(OI)(CI)M"
Grant-Folder "$Root\state" "(OI)(CI)M"
foreach ($file in $PasswordFile, "$Root\.env") {
    Invoke-Checked icacls $file /inheritance:r /grant:r "${Account}:R" "*S-1-5-32-544:F"
}
foreach ($service in $Services) { Start-Service -Name $service.Name }
Get-Service -Name Woocp*
