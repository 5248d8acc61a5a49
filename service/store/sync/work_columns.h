/* work_columns.h - the columns of what people made of the data, as export writes and import reads them. */
#ifndef PEERNET_STORE_SYNC_WORK_COLUMNS_H
#define PEERNET_STORE_SYNC_WORK_COLUMNS_H

#define PROGRAMME_COLUMNS \
    "name,title_sv,title_en,purpose,publishing,churn_most,fit_least,schedule,settings,archived_at"
#define PIN_COLUMNS "programme,rule,organizers,why,until,cost,made_by,made_at"
#define ACTIVITY_COLUMNS "code,title_sv,title_en,challenges"
#define PLAN_COLUMNS "plan,programme,name,made_by,made_at,adopted_by,adopted_at,document"
#define CONTACT_COLUMNS "programme,organizer,outcome,happened,plan,who,at"

#endif
