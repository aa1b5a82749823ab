# Installs the pricing service as the Windows service ContractPricingAPIWaitress, with NSSM.
# Run as administrator. NSSM (nssm.exe) must be on the PATH. Running it again changes the settings.
#
#   .\install-pricing.ps1 -Root C:\woocp -KeysFile C:\woocp\secrets\pricing.keys
#
# WOOCP_DATABASE_URL and whatever else the service needs stands in <Root>\.env, which only
# administrators and the service's account may read. WOOCP_PRICING_HOST=127.0.0.1 and
# WOOCP_PRICING_PORT=5000 belong there, too: by them Dagster's health and alerts find the service.
#Requires -RunAsAdministrator
param(
    [string] $Root = "C:\woocp",
    [string] $KeysFile = "$Root\secrets\pricing.keys",
    [string] $Account = "NT SERVICE\ContractPricingAPIWaitress",
    [int] $Port = 5000
)
$ErrorActionPreference = "Stop"
$Service = "ContractPricingAPIWaitress"
$Program = "$Root\.venv\Scripts\woocp-pricing.exe"
$Logs = "$Root\logs"

function Invoke-Nssm {
    & nssm.exe @args
    if ($LASTEXITCODE -ne 0) { throw "nssm $args ended with $LASTEXITCODE" }
}

foreach ($file in $Program, $KeysFile, "$Root\woocp.toml", "$Root\.env") {
    if (-not (Test-Path $file)) { throw "$file is missing; see deploy\pricing.md" }
}
New-Item -ItemType Directory -Force -Path $Logs, "$Root\state" | Out-Null

if (Get-Service -Name $Service -ErrorAction SilentlyContinue) {
    Stop-Service -Name $Service
} else {
    Invoke-Nssm install $Service $Program
}
Invoke-Nssm set $Service Application $Program
Invoke-Nssm set $Service AppParameters "--host 127.0.0.1 --port $Port"
Invoke-Nssm set $Service AppDirectory $Root
Invoke-Nssm set $Service AppEnvironmentExtra `
    "WOOCP_CONFIG=$Root\woocp.toml" "WOOCP_HOME=$Root\state" `
    "WOOCP_PRICING_API_KEYS_FILE=$KeysFile" "PYTHONUTF8=1"
Invoke-Nssm set $Service DisplayName "woocp contract-pricing service"
Invoke-Nssm set $Service Start SERVICE_DELAYED_AUTO_START
# Not by NSSM: older ones want a password, which an account of the service's own does not have.
& sc.exe config $Service obj= $Account | Out-Null
if ($LASTEXITCODE -ne 0) { throw "sc.exe config obj= ended with $LASTEXITCODE" }

# Ctrl+C first: the service finishes the answers under way, which takes 10 seconds at most.
Invoke-Nssm set $Service AppStopMethodSkip 0
Invoke-Nssm set $Service AppStopMethodConsole 15000
# Exit code 2 is a setting that must be mended first: starting again would not help.
Invoke-Nssm set $Service AppExit Default Restart
Invoke-Nssm set $Service AppExit 2 Exit
Invoke-Nssm set $Service AppRestartDelay 2000

# The log and the access log; a new file each day or at 50 MB, while the service runs.
Invoke-Nssm set $Service AppStderr "$Logs\pricing.log"
Invoke-Nssm set $Service AppRotateFiles 1
Invoke-Nssm set $Service AppRotateOnline 1
Invoke-Nssm set $Service AppRotateSeconds 86400
Invoke-Nssm set $Service AppRotateBytes 52428800

foreach ($folder in $Logs, "$Root\state") {
    icacls $folder /inheritance:r /grant:r "${Account}:(OI)(CI)M" "*S-1-5-32-544:(OI)(CI)F" | Out-Null
}
foreach ($file in $KeysFile, "$Root\.env") {
    icacls $file /inheritance:r /grant:r "${Account}:R" "*S-1-5-32-544:F" | Out-Null
}
Start-Service -Name $Service
Get-Service -Name $Service
