import Settings

extension SettingsFile { static func firstComment(path: String) -> String { "" } }
