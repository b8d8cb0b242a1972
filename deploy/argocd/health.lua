-- Health of a PalpoHomeserver for Argo CD (resource.customizations.health.palpo.im_PalpoHomeserver).
-- What is about another generation than the one in the object is not believed.

local function health(status, message)
  return { status = status, message = message }
end

local unseen = "no controller has processed it yet"

if obj.metadata.deletionTimestamp ~= nil then
  return health("Progressing", "it is being deleted")
end
if obj.status == nil or obj.status.conditions == nil then
  return health("Progressing", unseen)
end
if obj.status.observedGeneration ~= obj.metadata.generation then
  if obj.status.observedGeneration == nil or obj.status.observedGeneration < 0 then
    return health("Progressing", unseen)
  end
  return health("Progressing", "the last change has not been looked at yet")
end

local found = {}
for _, condition in ipairs(obj.status.conditions) do
  if condition.observedGeneration == obj.metadata.generation then
    found[condition.type] = condition
  end
end

-- Stalled: its author has to act. Reconciling: something is still to come, a Secret or an endpoint for example.
if found.Stalled ~= nil and found.Stalled.status == "True" then
  return health("Degraded", found.Stalled.reason .. ": " .. found.Stalled.message)
end
if found.Ready == nil then
  return health("Progressing", unseen)
end
if found.Ready.status == "True" then
  return health("Healthy", found.Ready.message)
end
return health("Progressing", found.Ready.reason .. ": " .. found.Ready.message)
