package event

// RequirementsDocumentCreated: a workgroup began a programme of requirements.
type RequirementsDocumentCreated struct{ Document, Workgroup, Person string }

func (RequirementsDocumentCreated) Name() string { return "requirements_document_created" }

// RequirementsDocumentRenamed: a programme of requirements has another title.
type RequirementsDocumentRenamed struct{ Document, Person string }

func (RequirementsDocumentRenamed) Name() string { return "requirements_document_renamed" }

// RequirementsDocumentRemoved: a programme of requirements in which nothing stood is there no more.
type RequirementsDocumentRemoved struct{ Document, Workgroup, Person string }

func (RequirementsDocumentRemoved) Name() string { return "requirements_document_removed" }

// RequirementAdded: a requirement got its key.
type RequirementAdded struct{ Document, Requirement, Person string }

func (RequirementAdded) Name() string { return "requirement_added" }

// RequirementClassified: the type or priority of a requirement changed.
type RequirementClassified struct{ Document, Requirement, Person string }

func (RequirementClassified) Name() string { return "requirement_classified" }
