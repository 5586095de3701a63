enum InputText { static func read(_ p: String, limit: Int) throws -> String { "" } }
