package procoresim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Project is one project; Jobpac calls it a job. Tiers 0 takes the number of change order tiers from the settings. Fields are its further
// columns under Procore's names.
type Project struct {
	ID        int64                      `json:"id"`
	CompanyID int64                      `json:"company_id"`
	Name      string                     `json:"name"`
	Number    string                     `json:"project_number"`
	Tiers     int                        `json:"tiers,omitempty"`
	OriginID  string                     `json:"origin_id,omitempty"`
	Fields    map[string]json.RawMessage `json:"fields,omitempty"`
	CreatedAt time.Time                  `json:"created_at,omitzero"`
	UpdatedAt time.Time                  `json:"updated_at,omitzero"`

	values packed
}

// projectColumns are the documented ones and those that a staged project has; Procore's list is longer.
func projectColumns() *columns {
	return columnsOf(named(formText, `name project_number accounting_project_number address city state_code zip country_code description phone public_notes
		time_zone flag store_number`),
		named(formBool, "active enable_copy_of_standard_cost_codes erp_integrated template"),
		named(formNumber, "total_value estimated_value square_feet"),
		named(formDate, `start_date completion_date estimated_start_date estimated_completion_date warranty_start_date warranty_end_date`),
		named(formID, `office_id project_stage_id project_type_id project_template_id from_project_template_id parent_job_id program_id
			project_owner_type_id project_bid_type_id project_region_id image_id`),
		named(formText, "customer_origin_id"), named(formAny, "department_ids custom_fields"))
}

// timeZones are names of zones as Rails has them: those of Australia (documented), and some others to choose wrongly from.
func timeZones() []string {
	return []string{"Sydney", "Melbourne", "Canberra", "Hobart", "Brisbane", "Adelaide", "Darwin", "Perth", "Auckland", "Wellington", "UTC", "London",
		"Dublin", "Singapore", "Hong Kong", "Tokyo", "Fiji", "Port Moresby", "Hawaii", "Alaska", "Arizona", "Pacific Time (US & Canada)",
		"Mountain Time (US & Canada)", "Central Time (US & Canada)", "Eastern Time (US & Canada)"}
}

func (s *Sim) addProject(p Project) (int64, error) {
	company, err := s.theCompany(p.CompanyID)
	if err != nil {
		return 0, err
	}
	if p.Tiers < 0 || p.Tiers > 3 {
		return 0, invalid("tiers", fmt.Sprintf("is %d; use 1, 2 or 3", p.Tiers))
	}
	if p.values, err = s.ofFields(s.columns.projects, p.Fields); err != nil {
		return 0, err
	}
	id, err := claimID(s, idProject, p.ID, s.data.projects)
	if err != nil {
		return 0, err
	}
	now := s.clock.Now()
	p.ID, p.CompanyID, p.Fields, p.CreatedAt, p.UpdatedAt = id, company, nil, orNow(p.CreatedAt, now), orNow(p.UpdatedAt, now)
	s.data.projects.put(id, &p)
	return id, s.link(company, itemProject, id, p.OriginID)
}

func (s *Sim) projectSync(k *call) syncKind {
	return syncKind{
		item: itemProject, columns: s.columns.projects, keeps: originNames("origin_code"),
		holds: func(id int64) bool { p, known := s.data.projects.get(id); return known && p.CompanyID == k.company },
		write: func(id int64, g given) (int64, outcome, error) { return s.writeProject(k.company, id, g) },
		show:  func(id int64) any { p, _ := s.data.projects.get(id); return s.showProject(p) },
		tell:  func(id int64, did outcome) { s.raise(s.byApp(k, "Projects", did.event(), id, 0)) },
	}
}

func (s *Sim) writeProject(company, id int64, g given) (int64, outcome, error) {
	if err := g.required(id == 0, "name"); err != nil {
		return 0, unchanged, err
	}
	if zone := g.text("time_zone"); zone != "" && !slices.Contains(timeZones(), zone) {
		return 0, unchanged, invalid("time_zone", fmt.Sprintf("%q is not included in the list", zone))
	}
	if err := checkPlace(g); err != nil {
		return 0, unchanged, err
	}
	if slices.Contains(s.settings.ForbiddenProjects, id) {
		return 0, unchanged, invalid("id", "Entity with this ID not found")
	}
	p, known := s.data.projects.get(id)
	now := s.clock.Now()
	if !known {
		p = &Project{ID: freeID(s, idProject, s.data.projects), CompanyID: company, CreatedAt: now}
		s.data.projects.put(p.ID, p)
	}
	name, number, values := p.Name, p.Number, s.columns.projects.merge(p.values, g.without("name", "project_number"))
	if g.has("name") {
		name = g.text("name")
	}
	if g.has("project_number") {
		number = g.text("project_number")
	}
	did := change(known, name != p.Name || number != p.Number || values != p.values)
	if did != unchanged {
		p.Name, p.Number, p.values, p.UpdatedAt = name, number, values, now
	}
	return p.ID, did, nil
}

func (s *Sim) syncProjects(k *call) (reply, error) {
	if err := k.companyInBody(); err != nil {
		return reply{}, err
	}
	return s.sync(k, s.projectSync(k))
}

// updateProject is PATCH of one project: refused while it is linked.
func (s *Sim) updateProject(k *call) (reply, error) {
	return s.updateLocked(k, "project", s.projectSync(k))
}

// listProjects is GET of the projects of a company, v1. Without by_status only active ones are listed (assumed).
func (s *Sim) listProjects(k *call) (reply, error) {
	if err := k.ownCompany(); err != nil {
		return reply{}, err
	}
	wanted := append(k.filter("by_status"), "Active")[0]
	rows := s.data.projects.where(func(p *Project) bool { return p.CompanyID == k.company },
		func(p *Project) bool {
			return strings.EqualFold(wanted, "All") || strings.EqualFold(wanted, "Active") == s.activeProject(p)
		},
		in(k.filter("id"), func(p *Project) string { return strconv.FormatInt(p.ID, 10) }),
		in(k.filter("origin_id"), func(p *Project) string { return s.externalOf(itemProject, p.ID).OriginID }),
		in(k.filter("synced"), func(p *Project) string { return strconv.FormatBool(s.integrated(p.ID)) }))
	return listV1(s, k, rows, s.showProject)
}

// showOneProject is GET of one project.
func (s *Sim) showOneProject(k *call) (reply, error) {
	id, err := k.id("id")
	if err != nil {
		return reply{}, err
	}
	p, known := s.data.projects.get(id)
	if !known || p.CompanyID != k.company {
		return reply{}, notFound("project", id)
	}
	if slices.Contains(s.settings.ForbiddenProjects, id) {
		return reply{}, &apiError{status: 403, message: fmt.Sprintf("the app has no permission on project %d", id)}
	}
	return ok(s.showProject(p))
}

func (s *Sim) activeProject(p *Project) bool {
	return s.columns.projects.get(p.values, "active") != "false"
}

// integrated tells whether the ERP has the project, which locks it and its cost codes against users.
func (s *Sim) integrated(project int64) bool {
	return s.externalOf(itemProject, project).OriginID != ""
}

func (s *Sim) showProject(p *Project) obj {
	o := s.columns.projects.show(p.values, false, obj{})
	maps.Copy(o, obj{
		"id": p.ID, "name": p.Name, "display_name": p.Number + " - " + p.Name, "project_number": p.Number, "active": s.activeProject(p),
		"is_erp_integrated": s.integrated(p.ID), "erp_integrated": s.integrated(p.ID), "company": obj{"id": p.CompanyID},
		"created_at": stamp(p.CreatedAt), "updated_at": stamp(p.UpdatedAt),
	})
	return s.showLink(itemProject, p.ID, o)
}
