package jobpacsim

func (w *writer) createVariation() (*record, error) {
	work, job, variation := w.given["WorkId"], w.given["Job"], w.given["Variation"]
	if err := firstOf(
		w.knownWorkID("WorkId", work), w.openJob(work, job), w.knownVariationType(),
		w.freeKey("variation", w.variations, "Variation "+variation+" of job "+job, work, job, variation),
	); err != nil {
		return nil, err
	}
	return w.variations.insert(w.with(map[string]string{"CostingWorkId": work}), w.now), nil
}

func (w *writer) knownVariationType() error {
	switch w.given["Type"] {
	case "", w.settings.SubcontractVariationType, w.settings.HeadContractVariationType:
		return nil
	default:
		return say("Type %q is not a variation type; %s changes an order and %s the head contract.",
			w.given["Type"], w.settings.SubcontractVariationType, w.settings.HeadContractVariationType)
	}
}

// variationPrices are the groups of quantity, rate and price of a variation item.
func variationPrices() []triple {
	return []triple{
		{"EstimatedQuantity", "EstimatedRate", "EstimatedPrice"},
		{"SubcontractQuantityPriceReceived", "SubcontractPriceReceivedRate", "SubcontractPriceReceived"},
		{"SubcontractQuantityApproved", "SubcontractPriceApprovedRate", "SubcontractPriceApproved"},
	}
}

func (w *writer) createVariationItem() (*record, error) {
	work, job, variation := w.given["WorkId"], w.given["Job"], w.given["Variation"]
	header := w.variations.find(work, job, variation)
	if header == nil {
		return nil, say("Variation %q is not in the register of job %q of WorkID %s; create its header first.", variation, job, work)
	}
	item := w.itemNumber("VariationItem", w.variationItems, w.variationItems.under("WorkId Job Variation", work, job, variation))
	values, priceErr := w.settleAll(variationPrices())
	code, costType, sideErr := w.variationSide(w.variations.get(header, "Type"), work, job)
	if err := firstOf(
		w.openJob(work, job), sideErr, priceErr,
		w.freeKey("variation_item", w.variationItems, "VariationItem "+item+" of variation "+variation, work, job, variation, item),
		w.positiveVariation(work, values),
	); err != nil {
		return nil, err
	}
	values["VariationItem"], values["CostCode"], values["CostType"] = item, code, costType
	return w.variationItems.insert(w.with(values), w.now), nil
}

func (w *writer) settleAll(groups []triple) (map[string]string, error) {
	all := map[string]string{}
	for _, t := range groups {
		values, err := w.settle(t, empty)
		if err != nil {
			return nil, err
		}
		for name, value := range values {
			all[name] = value
		}
	}
	return all, nil
}

func (w *writer) positiveVariation(work string, values map[string]string) error {
	order := w.given["Order"]
	if order == "" {
		return nil
	}
	return w.positiveTotal(work, order, 0, w.valueOf(variationPrices()[2], values, empty))
}

// variationSide checks what a line of this type refers to and gives its cost centre.
func (w *writer) variationSide(kind, work, job string) (code, costType string, err error) {
	code, costType = w.given["CostCode"], w.given["CostType"]
	order := w.given["Order"]
	switch {
	case order != "" && kind == w.settings.HeadContractVariationType:
		return "", "", say("Order %q: a variation of type %s belongs to the head contract and names no order.", order, kind)
	case order == "" && w.given["OrderItem"] != "":
		return "", "", say("OrderItem is given without Order.")
	case order == "" && kind == w.settings.SubcontractVariationType:
		return "", "", say("Order is missing: each item of a variation of type %s names an order.", kind)
	case order != "":
		return w.orderSide(work, job, order, code, costType)
	case code == "" && costType == "":
		return "", "", nil
	default:
		return code, costType, w.openCostCentre(work, job, code, costType)
	}
}

// orderSide checks Order with OrderItem, or Order with a cost centre new to it.
func (w *writer) orderSide(work, job, order, code, costType string) (string, string, error) {
	headers, header, lines, number := w.subcontracts, w.subcontracts.find(work, order), w.subcontractItems, w.given["OrderItem"]
	if header == nil {
		headers, header, lines = w.orders, w.orders.find(work, order), w.orderItems
	}
	if header == nil {
		return "", "", say("Order %q does not exist in WorkID %s.", order, work)
	}
	if have := headers.get(header, "Job"); have != job {
		return "", "", say("Order %q belongs to job %q, not to job %q.", order, have, job)
	}
	if headers.get(header, "Finalised") == "Y" {
		return "", "", say("Order %q is finalised and takes no variations.", order)
	}
	if number == "" {
		return w.newCentre(work, job, order, code, costType)
	}
	return sameCentre(lines, lines.find(work, order, number), order, number, code, costType)
}

func (w *writer) newCentre(work, job, order, code, costType string) (string, string, error) {
	if code == "" || costType == "" {
		return "", "", say("Order %q is named without OrderItem: give OrderItem, or CostCode and CostType of a cost centre new to the order.", order)
	}
	return code, costType, w.openCostCentre(work, job, code, costType)
}

// sameCentre gives the cost centre of an order's line; another one is refused.
func sameCentre(lines *table, line *record, order, number, code, costType string) (string, string, error) {
	if line == nil {
		return "", "", say("OrderItem %s is not on order %q.", number, order)
	}
	haveCode, haveType := lines.get(line, "CostCode"), lines.get(line, "CostType")
	if (code != "" && code != haveCode) || (costType != "" && costType != haveType) {
		return "", "", say("OrderItem %s of order %q is on cost centre %s %s, not on %s %s.", number, order, haveCode, haveType, code, costType)
	}
	return haveCode, haveType, nil
}
