package people

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	"onset/dataset"
	"onset/dataset/grouping"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/words"
)

const sideWidth = 300

// sidebar is what stands beside the sheet: the chosen person and the groups.
type sidebar struct {
	object   fyne.CanvasObject
	title    *parts.Text
	about    *parts.Paragraph
	withdraw *parts.Button

	open     *parts.Paragraph // that nobody has said who the person is
	settling fyne.CanvasObject

	groups   *parts.Paragraph // as they are kept
	k        *widget.Entry
	checks   map[string]*widget.Check
	outcome  *parts.Paragraph
	warning  *parts.Paragraph
	keep     *parts.Button
	proposal *app.GroupProposal
}

func variableWord(v string) string {
	switch v {
	case "age":
		return lang.L("age band")
	case "proficiency":
		return lang.L("proficiency")
	case "sex":
		return lang.L("sex")
	}
	return lang.L("side")
}

func (p *People) buildSide() {
	s := &p.side
	s.title, s.about = parts.Heading(""), parts.NewParagraph("", true)
	s.withdraw = p.writer(parts.NewButton(lang.L("Withdraw…"), "", p.withdraw))
	s.open = parts.NewParagraph("", false)
	s.open.SetTone(theme.Warning)
	s.settling = parts.VBox(theme.Space2, s.open, parts.HBox(theme.Space2,
		parts.NewButton(lang.L("Same person as…"), "", p.settleAs), parts.NewButton(lang.L("A person of their own"), "", p.settleOwn)))
	s.settling.Hide()
	s.groups = parts.NewParagraph("", false)
	s.k = widget.NewEntry()
	s.k.SetPlaceHolder(lang.L("as fits best"))
	s.checks = map[string]*widget.Check{}
	boxes := container.NewGridWithColumns(2)
	for _, v := range grouping.Variables() {
		c := widget.NewCheck(variableWord(v), nil)
		c.Checked = true
		s.checks[v] = c
		boxes.Add(c)
	}
	s.outcome, s.warning = parts.NewParagraph("", false), parts.NewParagraph("", false)
	s.warning.SetTone(theme.Warning)
	s.keep = p.writer(parts.NewPrimary(lang.L("Keep these groups"), "", p.keepGroups))
	s.keep.Hide()
	column := parts.VBox(theme.Space2,
		container.NewBorder(nil, nil, nil, s.withdraw, s.title), s.about, s.settling, parts.Rule(),
		parts.Section(lang.L("Groups share a model"), ""), s.groups,
		parts.NewParagraph(lang.L("By hand: type a group into the sheet. Or cluster people who are alike in"), true), boxes,
		container.NewBorder(nil, nil, parts.HBox(theme.Space2, parts.Small(lang.L("Groups"))), nil, s.k),
		parts.HBox(theme.Space2, parts.NewButton(lang.L("Propose groups"), "", p.propose), p.writer(parts.NewButton(lang.L("One for all"), "", p.oneGroup))),
		s.outcome, s.warning, s.keep)
	scroll := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(theme.Space3, theme.Space3, theme.Space3, theme.Space3), column))
	s.object = container.NewStack(parts.NewFill(theme.Panel), parts.Sized(sideWidth, 10, scroll))
}

// chosenPerson shows who the cell belongs to.
func (p *People) chosenPerson() {
	s := &p.side
	if p.sheet.row >= len(p.people) {
		s.title.SetText("")
		s.about.SetText("")
		return
	}
	x := p.people[p.sheet.row]
	s.title.SetText(string(x.ID))
	s.about.SetText(lang.L("{{.Sessions}}, {{.Length}}, {{.Sets}}", map[string]any{
		"Sessions": words.Many(int64(x.Sessions), lang.L("session"), lang.L("sessions")), "Length": words.Total(x.Seconds),
		"Sets": words.Many(int64(x.Sets), lang.L("set"), lang.L("sets"))}))
	if p.going[x.ID] {
		s.about.SetText(lang.L("Being withdrawn: what the study holds of them is being removed and overwritten."))
	}
	s.open.SetText("")
	if x.Unsettled > 0 {
		s.open.SetText(lang.L("Nobody has said who this is: at the import of {{.Sessions}} it stayed open whether they are of somebody who has another code. Until it is said, no model is judged by participant.",
			map[string]any{"Sessions": words.Many(int64(x.Unsettled), lang.L("session"), lang.L("sessions"))}))
	}
	visible(s.settling, x.Unsettled > 0 && !p.readOnly() && !p.going[x.ID])
	if p.readOnly() || p.going[x.ID] {
		s.withdraw.Disable()
	} else {
		s.withdraw.Enable()
	}
}

// showGroups counts the groups as they are kept.
func (p *People) showGroups() {
	var list []dataset.Participant
	for _, x := range p.people {
		list = append(list, x.Participant)
	}
	names, sizes := groupSizes(list)
	text := lang.L("Nobody has a group: everybody shares one model.")
	if len(names) > 1 || len(names) == 1 && names[0] != "" {
		text = sizesText(names, sizes)
	}
	p.side.groups.SetText(text)
	p.side.object.Refresh()
}

// groupSizes counts the people of each group, in the order of their names, where
// G2 is before G10; people without a group come last.
func groupSizes(people []dataset.Participant) (names []string, sizes []int) {
	count := map[string]int{}
	for _, x := range people {
		count[x.Group]++
	}
	names = slices.SortedFunc(maps.Keys(count), byNumber)
	for _, n := range names {
		sizes = append(sizes, count[n])
	}
	return names, sizes
}

// byNumber orders names by the numbers in them, and the empty name last.
func byNumber(a, b string) int {
	if a == "" || b == "" {
		return cmp.Compare(len(b), len(a))
	}
	return cmp.Or(words.Natural(a, b), strings.Compare(a, b))
}

// sizesText lists groups with their sizes, and says once which are small.
func sizesText(names []string, sizes []int) string {
	var out, small []string
	for i, n := range names {
		if n != "" && sizes[i] < grouping.MinSize {
			small = append(small, n)
		}
		if n == "" {
			n = lang.L("no group")
		}
		out = append(out, fmt.Sprintf("%s: %d", n, sizes[i]))
	}
	text := strings.Join(out, ", ")
	switch {
	case len(small) == 0:
		return text
	case len(small) == len(names) && len(small) > 1:
		return text + " " + lang.L("(all few)")
	case len(small) == len(names):
		return text + " " + lang.L("(few)")
	}
	return text + " " + lang.L("(few: {{.Names}})", map[string]any{"Names": few(small)})
}

// propose clusters and shows what comes of it; nothing is kept.
func (p *People) propose() {
	choice := app.GroupChoice{}
	for _, v := range grouping.Variables() {
		if p.side.checks[v].Checked {
			choice.Variables = append(choice.Variables, v)
		}
	}
	if text := strings.TrimSpace(p.side.k.Text); text != "" {
		k, err := strconv.Atoi(text)
		if err != nil || k < 1 {
			p.side.outcome.SetText(lang.L("{{.Text}} is no number of groups", map[string]any{"Text": text}))
			return
		}
		choice.K = k
	}
	task.Run(p.asking, func(ctx context.Context) (app.GroupProposal, error) { return p.source.ProposeGroups(ctx, choice) }, p.proposed)
}

func (p *People) proposed(g app.GroupProposal, err error) {
	s := &p.side
	s.proposal = nil
	s.keep.Hide()
	s.warning.SetText("")
	if err != nil {
		s.outcome.SetText(app.Explain(err).What)
		s.object.Refresh()
		return
	}
	s.proposal = &g
	var lines []string
	for i, n := range g.Names {
		lines = append(lines, lang.L("{{.Name}}: {{.People}}, most like {{.Code}}", map[string]any{
			"Name": n, "People": words.Many(int64(g.Sizes[i]), lang.L("person"), lang.L("people")), "Code": g.Typical[i]}))
	}
	if n := len(g.Unknown); n > 0 {
		lines = append(lines, lang.L("No group: {{.Codes}}. Nothing of this is known of them, so they are like nobody.", map[string]any{"Codes": few(g.Unknown)}))
	}
	if least := 2 * grouping.MinSize; !g.Judged() && g.TooSmall(2) {
		lines = append(lines, lang.L("The study is too small to group: two groups of {{.Size}} need {{.Least}} people of whom something is known; it has {{.People}}.", map[string]any{
			"Size": grouping.MinSize, "Least": least, "People": words.Many(int64(g.Known()), lang.L("person"), lang.L("people"))}))
	}
	if !g.Judged() && g.Open && !g.TooSmall(2) {
		lines = append(lines, lang.L("No number of groups leaves at least {{.Size}} people in every group and sets the groups apart: one group for all is proposed.", map[string]any{
			"Size": grouping.MinSize}))
	}
	silhouette := "–"
	if g.Judged() {
		silhouette = fmt.Sprintf("%.2f", g.Silhouette)
	}
	lines = append(lines, lang.L("Silhouette {{.S}}: {{.Meaning}}", map[string]any{"S": silhouette, "Meaning": silhouetteWord(g)}))
	s.outcome.SetText(strings.Join(lines, "\n"))
	if g.Small > 0 {
		s.warning.SetText(lang.L("{{.N}} fewer than {{.Least}} people. A model of so few says little about others; ask for fewer groups.",
			map[string]any{"N": words.Many(int64(g.Small), lang.L("of these groups has"), lang.L("of these groups have")), "Least": grouping.MinSize}))
	}
	s.keep.Show()
	s.object.Refresh()
}

// silhouetteWord reads a silhouette as Kaufman and Rousseeuw do (1990, table 4
// of chapter 2).
func silhouetteWord(g app.GroupProposal) string {
	switch {
	case !g.Judged():
		return lang.L("one group, nothing to tell apart")
	case g.Silhouette > 0.7:
		return lang.L("the groups stand well apart")
	case g.Silhouette > 0.5:
		return lang.L("the groups stand apart")
	case g.Silhouette > 0.25:
		return lang.L("the groups may be made up")
	}
	return lang.L("no groups to speak of")
}

func (p *People) keepGroups() {
	g := p.side.proposal
	if g == nil {
		return
	}
	var list []dataset.Participant
	for _, x := range g.People { // only the group: the rest may have been edited since
		if i := p.index(x.ID); i >= 0 {
			list = append(list, with(p.people[i].Participant, "group", x.Group))
		}
	}
	p.dropProposal("")
	p.put(lang.L("groups"), list)
}

func (p *People) dropProposal(why string) {
	p.side.proposal = nil
	p.side.keep.Hide()
	p.side.outcome.SetText(why)
	p.side.warning.SetText("")
}

// dropStaleProposal takes back a proposal that was made for other people than
// those of the study now, or for what was known of them before.
func (p *People) dropStaleProposal() {
	g := p.side.proposal
	if g == nil {
		return
	}
	same := len(g.People) == len(p.people)
	for _, x := range g.People {
		i := p.index(x.ID)
		if i < 0 {
			same = false
			break
		}
		y := p.people[i]
		same = same && x.AgeBand == y.AgeBand && x.Sex == y.Sex && x.Proficiency == y.Proficiency && x.Side == y.Side
	}
	if !same {
		p.dropProposal(lang.L("The people have changed since the groups were proposed: propose them again."))
	}
}

func (p *People) oneGroup() {
	var list []dataset.Participant
	for _, x := range p.people {
		x.Group = ""
		list = append(list, x.Participant)
	}
	if len(list) > 0 {
		p.put(lang.L("one group for all"), list)
	}
}
