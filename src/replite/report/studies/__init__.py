"""Studies: what a report shows beyond its own where the configuration names one (`report.studies`).

Each has a package here, which may bring what the report shows from a rule file of its name in workflow/rules.
"""

from replite.config.report import StudyName
from replite.report.studies import replab2013
from replite.report.studies.study import Study

STUDIES: dict[StudyName, Study] = {"replab2013": replab2013.STUDY}
